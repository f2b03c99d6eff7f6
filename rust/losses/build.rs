//! Lists `src/**`: each file becomes a module and an entry of the catalogue, sorted by name.
//! Dropping a file in is all it takes to add a loss.

mod listing;

use listing::{LISTS, Listed};

fn main() {
    let losses = listing::losses("src");
    let (mut fused, mut lists) = (0.., 0..);
    let mut entry = |Listed { name, maker, family, .. }: &Listed| match maker {
        Some(_) if *family == Some(LISTS) => {
            format!("    Entry::of_lists::<{name}::Loss>({name:?}, &LISTS[{}]),", lists.next().unwrap_or(0))
        }
        Some(maker) => format!("    Entry::{}({name:?}),", maker.replace("Loss", &format!("{name}::Loss"))),
        None => format!("    Entry::beside::<{name}::Loss>({name:?}, &FUSED[{}]),", fused.next().unwrap_or(0)),
    };
    let entries: Vec<String> = losses.iter().map(&mut entry).collect();
    let entries = entries.join("\n");
    let code = format!("/// Every built-in loss, sorted by name.\npub static CATALOG: &[Entry] = &[\n{entries}\n];\n");
    listing::write(&losses, &code);
}
