//! Lists `src/**`: each file becomes a module and an entry of the catalogue, sorted by name.
//! Dropping a file in is all it takes to add a loss.

mod listing;

fn main() {
    let losses = listing::losses("src");
    let entry = |(i, name)| format!("    Entry::beside::<{name}::Loss>({name:?}, &FUSED[{i}]),");
    let entries: Vec<String> = losses.iter().map(|(name, _)| name).enumerate().map(entry).collect();
    let entries = entries.join("\n");
    let code = format!("/// Every built-in loss, sorted by name.\npub static CATALOG: &[Entry] = &[\n{entries}\n];\n");
    listing::write(&losses, &code);
}
