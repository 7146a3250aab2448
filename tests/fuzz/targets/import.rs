#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amorsize::__fuzz::import(data));
