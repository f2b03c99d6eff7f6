//! Lists the losses of `rust/losses/src/**` for their fused kernels and those of lists, sorted by name.

#[path = "../losses/listing.rs"]
mod listing;

use listing::{LISTS, Listed};

fn main() {
    let mut losses = listing::losses("../losses/src");
    losses.retain(|loss| loss.maker.is_none() || loss.family == Some(LISTS));
    let table = |doc: &str, name: &str, kind: &str, which: fn(&&Listed) -> bool| {
        let entries = losses.iter().filter(which).map(|loss| format!("    {kind}::of::<{}::Loss>(),\n", loss.name));
        let entries: Vec<String> = entries.collect();
        format!(
            "/// {doc}, sorted by name.\npub static {name}: [{kind}; {}] = [\n{}];\n",
            entries.len(),
            entries.concat()
        )
    };
    let fused = table("Of every built-in formula over elements", "FUSED", "Fused", |loss| loss.maker.is_none());
    let lists = table("Of every built-in loss of lists", "LISTS", "Lists", |loss| loss.maker.is_some());
    listing::write(&losses, &(fused + &lists));
}
