//! Says which packages are missing, where MPI is to be used and cannot be found.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for name in ["PATH", "MPICC", "MPI_PKG_CONFIG", "CRAY_MPICH_DIR", "LIBCLANG_PATH"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let wanted = env::var_os("CARGO_FEATURE_MPI").is_some() && env::var_os("CARGO_CFG_UNIX").is_some();
    if wanted && !has_mpi() {
        println!("cargo::error=MPI was not found: there is neither an `mpicc` nor a pkg-config file of an MPI.");
        println!("cargo::error=Debian, Ubuntu: apt install libopenmpi-dev openmpi-bin libclang-dev");
        println!(
            "cargo::error=Fedora: dnf install openmpi-devel clang-devel, then `module load mpi`; macOS: brew install open-mpi llvm"
        );
        println!(
            "cargo::error=Elsewhere: set MPICC to the compiler wrapper of your MPI, as `module load` does on most clusters."
        );
    }
}

/// Whether one of the ways to find it may work that the crate `mpi` goes.
fn has_mpi() -> bool {
    let runs = |program: &str, argument: &str| {
        Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
    };
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("CRAY_MPICH_DIR") || is_set("MPI_PKG_CONFIG") {
        return true;
    }
    let compiler = env::var("MPICC").unwrap_or_else(|_| "mpicc".into());
    let there = Path::new(&compiler).is_file() || runs(&compiler, "-show") || runs(&compiler, "--showme");
    there
        || ["ompi", "mpich"].iter().any(|package| {
            Command::new("pkg-config").args(["--exists", package]).status().is_ok_and(|status| status.success())
        })
}
