//! Each example beside this file is a real job; `quickstart` is the one to run first.
