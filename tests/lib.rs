//! Compiles the code of the README.
