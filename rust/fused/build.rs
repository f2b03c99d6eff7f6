//! Lists the losses of `rust/losses/src/**` for their fused kernels, sorted by name.

#[path = "../losses/listing.rs"]
mod listing;

fn main() {
    let losses = listing::losses("../losses/src");
    let entries: Vec<String> = losses.iter().map(|(name, _)| format!("    Fused::of::<{name}::Loss>(),")).collect();
    let (count, entries) = (losses.len(), entries.join("\n"));
    let code =
        format!("/// Of every built-in loss, sorted by name.\npub static FUSED: [Fused; {count}] = [\n{entries}\n];\n");
    listing::write(&losses, &code);
}
