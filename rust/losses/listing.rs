//! The files of the losses, listed for the build scripts of the crates that compile them.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The name and the file of each loss in the folders of a folder of this package, sorted by name.
pub fn losses(folder: &str) -> Vec<(String, PathBuf)> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join(folder);
    println!("cargo::rerun-if-changed={}", root.display());
    let mut losses = Vec::new();
    for folder in entries(&root).into_iter().filter(|path| path.is_dir()) {
        println!("cargo::rerun-if-changed={}", folder.display());
        for file in entries(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
            let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            losses.push((name, file));
        }
    }
    losses.sort();
    for pair in losses.windows(2) {
        assert!(pair[0].0 != pair[1].0, "two losses are called {}", pair[0].0);
    }
    losses
}

/// Writes a module for each loss, and code that names them, for `include!`.
pub fn write(losses: &[(String, PathBuf)], code: &str) {
    let modules =
        losses.iter().map(|(name, file)| format!("#[path = {:?}]\nmod {name};\n", file.display().to_string()));
    let out = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("listed.rs");
    fs::write(out, modules.collect::<String>() + code).expect("the output folder is writable");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).expect("the folder of losses is readable");
    listing.map(|entry| entry.expect("the folder of losses is readable").path()).collect()
}
