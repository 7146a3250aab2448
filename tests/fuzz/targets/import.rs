#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amorsize_fuzz::import(data));
