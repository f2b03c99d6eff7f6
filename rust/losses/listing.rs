//! The files of the losses, listed for the build scripts of the crates that compile them.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The folder of losses of lists.
pub const LISTS: &str = "lists";

/// The folders of families whose losses are no formulas over elements, and what makes their entries.
pub const FAMILIES: &[(&str, &str)] = &[
    ("columns", "of_columns::<Loss, _, _>"),
    (LISTS, "of_lists::<Loss>"),
    ("opposed", "of_opposed::<Loss>"),
    ("sequences", "of_sequences::<Loss>"),
    ("sets", "of_sets::<Loss>"),
];

/// A loss: its name, its file, and what makes its entry where it is no formula over elements.
pub struct Listed {
    pub name: String,
    file: PathBuf,
    pub maker: Option<&'static str>,
    pub family: Option<&'static str>,
}

/// The losses in the folders of a folder of this package, sorted by name.
pub fn losses(folder: &str) -> Vec<Listed> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join(folder);
    println!("cargo::rerun-if-changed={}", root.display());
    let mut losses = Vec::new();
    for folder in entries(&root).into_iter().filter(|path| path.is_dir()) {
        println!("cargo::rerun-if-changed={}", folder.display());
        let family = FAMILIES.iter().find(|(family, _)| folder.ends_with(family));
        let [family, maker] = [family.map(|(family, _)| *family), family.map(|(_, maker)| *maker)];
        for file in entries(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
            let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            losses.push(Listed { name, file, maker, family });
        }
    }
    losses.sort_by(|a, b| a.name.cmp(&b.name));
    for pair in losses.windows(2) {
        assert!(pair[0].name != pair[1].name, "two losses are called {}", pair[0].name);
    }
    losses
}

/// Writes a module for each loss, and code that names them, for `include!`.
pub fn write(losses: &[Listed], code: &str) {
    let module =
        |Listed { name, file, .. }: &Listed| format!("#[path = {:?}]\nmod {name};\n", file.display().to_string());
    let modules = losses.iter().map(module);
    let out = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("listed.rs");
    fs::write(out, modules.collect::<String>() + code).expect("the output folder is writable");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).expect("the folder of losses is readable");
    listing.map(|entry| entry.expect("the folder of losses is readable").path()).collect()
}
