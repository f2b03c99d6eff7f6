//! Why a text is no formula.

use std::fmt;

/// What is wrong with a text, and at which of its characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong and what would do.
    pub message: String,
    /// The number of the character, from 0.
    pub at: usize,
}

/// Characters of a line that are shown on either side of the one in question.
const AROUND: usize = 60;

impl Fault {
    /// A fault at a character.
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Fault { message: shortened(&message.into()), at }
    }

    /// The message over the line of the text, with a caret under the character.
    #[must_use]
    pub fn pointed(&self, text: &str) -> String {
        let characters: Vec<char> = text.chars().collect();
        let at = self.at.min(characters.len());
        let begin = characters[..at].iter().rposition(|&c| c == '\n').map_or(0, |newline| newline + 1);
        let end = characters[at..].iter().position(|&c| c == '\n').map_or(characters.len(), |newline| at + newline);
        let (from, to) = (begin.max(at.saturating_sub(AROUND)), end.min(at + AROUND));
        let plain = |c: &char| if c.is_control() { ' ' } else { *c };
        let line: String = characters[from..to].iter().map(plain).collect();
        let (before, after) = (if from > begin { "..." } else { "" }, if to < end { "..." } else { "" });
        let caret = " ".repeat(before.len() + at - from);
        format!("{}\n    {before}{line}{after}\n    {caret}^", self.message)
    }
}

/// Characters of a word that are shown.
const OF_A_WORD: usize = 200;

/// A message whose words are those of a text, and so of any length.
fn shortened(message: &str) -> String {
    let short = |word: &str| match word.char_indices().nth(OF_A_WORD) {
        Some((end, _)) => format!("{}...", &word[..end]),
        None => word.to_string(),
    };
    message.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A question for the names that are nearest to a word; empty where none is near.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    // All words of one letter are as near.
    let most = match word.chars().count() {
        0 | 1 => return String::new(),
        letters => (letters / 3).max(1),
    };
    let mut near: Vec<_> = known.map(|name| (distance(word, name), name)).filter(|(far, _)| *far <= most).collect();
    near.sort_unstable();
    near.dedup();
    match near.first() {
        Some((_, name)) => format!("; did you mean {name}?"),
        None => String::new(),
    }
}

/// How many letters have to be changed, left out, put in or exchanged with a neighbour to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.chars().collect());
    let (mut before, mut last) = (Vec::new(), (0..=b.len()).collect::<Vec<_>>());
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let exchanged: &Vec<usize> = &before;
                least = least.min(exchanged[j - 2] + 1);
            }
            row.push(least);
        }
        (before, last) = (last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_the_character() {
        let fault = Fault::new(4, "what?");
        assert_eq!(fault.pointed("1 + $"), "what?\n    1 + $\n        ^");
        assert_eq!(Fault::new(6, "what?").pointed("a = 1\n$ + 2"), "what?\n    $ + 2\n    ^");
        assert_eq!(Fault::new(99, "end").pointed("ab"), "end\n    ab\n      ^");
        let long = "x".repeat(300);
        let shown = Fault::new(200, "far").pointed(&long);
        assert!(shown.lines().all(|line| line.chars().count() < 140) && shown.contains("..."), "{shown}");
    }

    #[test]
    fn near_names_are_named() {
        let known = ["maximum", "minimum", "softplus"];
        assert_eq!(nearest("maximun", known.into_iter()), "; did you mean maximum?");
        assert_eq!(nearest("sofptlus", known.into_iter()), "; did you mean softplus?");
        assert_eq!(nearest("banana", known.into_iter()), "");
        assert_eq!(nearest("r", ["b"].into_iter()), "");
    }
}
