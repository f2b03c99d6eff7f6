//! Lists `src/**`: each file becomes a module and an entry of the catalogue, sorted by name.
//! Dropping a file in is all it takes to add a loss.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("src");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    for folder in entries(&root).into_iter().filter(|path| path.is_dir()) {
        println!("cargo::rerun-if-changed={}", folder.display());
        files.extend(entries(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")));
    }
    files.sort_by_key(|path| stem(path));
    for pair in files.windows(2) {
        assert!(stem(&pair[0]) != stem(&pair[1]), "two losses are called {}", stem(&pair[0]));
    }

    let mut code = String::new();
    for file in &files {
        writeln!(code, "#[path = {:?}]\nmod {};", file.display().to_string(), stem(file)).expect("a string takes it");
    }
    writeln!(code, "/// Every built-in loss, sorted by name.\npub static CATALOG: &[Entry] = &[")
        .expect("a string takes it");
    for file in &files {
        let name = stem(file);
        writeln!(code, "    Entry::of::<{name}::Loss>({name:?}),").expect("a string takes it");
    }
    code.push_str("];\n");
    let out = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("catalog.rs");
    fs::write(out, code).expect("the output folder is writable");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).expect("the folder of losses is readable");
    listing.map(|entry| entry.expect("the folder of losses is readable").path()).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a file has a name").to_string_lossy().into_owned()
}
