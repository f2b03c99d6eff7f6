//! Lists the losses of `rust/losses/src/**` for their fused kernels, sorted by name.

#[path = "../losses/listing.rs"]
mod listing;

fn main() {
    let mut losses = listing::losses("../losses/src");
    losses.retain(|loss| loss.maker.is_none());
    let entries: Vec<String> = losses.iter().map(|loss| format!("    Fused::of::<{}::Loss>(),", loss.name)).collect();
    let (count, entries) = (losses.len(), entries.join("\n"));
    let code = format!(
        "/// Of every built-in formula over elements, sorted by name.\npub static FUSED: [Fused; {count}] = [\n{entries}\n];\n"
    );
    listing::write(&losses, &code);
}
