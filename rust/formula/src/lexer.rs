//! The words of a formula: numbers, names and signs, each with the character where it begins.

use crate::elsewhere;
use crate::fault::Fault;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    Number(f64),
    Name(String),
    Sign(&'static str),
    /// Between two lines, or a semicolon.
    Break,
    End,
}

impl Word {
    /// It in an error.
    pub fn shown(&self) -> String {
        match self {
            Word::Number(x) => format!("{x}"),
            Word::Name(name) => name.clone(),
            Word::Sign(sign) => format!("'{sign}'"),
            Word::Break => "the end of the line".to_owned(),
            Word::End => "the end".to_owned(),
        }
    }
}

/// Signs, those of two characters first.
const SIGNS: [&str; 15] = ["**", "<=", ">=", "==", "!=", "+", "-", "*", "/", "(", ")", ",", "<", ">", "="];

/// The words of a text and where they begin, with [`Word::End`] at the end. Line breaks within parentheses are blanks.
pub(crate) fn words(text: &str) -> Result<Vec<(Word, usize)>, Fault> {
    let characters: Vec<char> = text.chars().collect();
    let mut words: Vec<(Word, usize)> = Vec::new();
    let (mut at, mut open) = (0, 0usize);
    while let Some(&c) = characters.get(at) {
        let begin = at;
        let word = if c == '\n' || c == ';' {
            at += 1;
            let starts = matches!(words.last(), None | Some((Word::Break, _)));
            if starts || open > 0 && c == '\n' {
                continue;
            }
            Word::Break
        } else if c.is_whitespace() {
            at += 1;
            continue;
        } else if c == '.' && characters.get(at + 1).copied().is_some_and(begins_name) {
            return Err(dotted(&characters, begin, at + 1));
        } else if c.is_ascii_digit() || c == '.' {
            at = end_of_number(&characters, at);
            let written: String = characters[begin..at].iter().filter(|&&c| c != '_').collect();
            let number = written.parse::<f64>().ok().filter(|number| number.is_finite());
            Word::Number(number.ok_or_else(|| Fault::new(begin, format!("{written} is no number of float64")))?)
        } else if begins_name(c) {
            at = end_of_name(&characters, at);
            if characters.get(at) == Some(&'.') && characters.get(at + 1).copied().is_some_and(begins_name) {
                return Err(dotted(&characters, begin, at + 1));
            }
            Word::Name(characters[begin..at].iter().collect())
        } else {
            let starts = |sign: &&str| characters[at..].iter().take(sign.len()).copied().eq(sign.chars());
            let sign = SIGNS.into_iter().find(|sign| starts(sign)).ok_or_else(|| stranger(c, at))?;
            at += sign.len();
            match sign {
                "(" => open += 1,
                ")" => open = open.saturating_sub(1),
                _ => {}
            }
            Word::Sign(sign)
        };
        words.push((word, begin));
    }
    while matches!(words.last(), Some((Word::Break, _))) {
        words.pop();
    }
    words.push((Word::End, characters.len()));
    Ok(words)
}

/// The fault of a name behind a dot, such as that of a function of a module.
fn dotted(characters: &[char], begin: usize, last: usize) -> Fault {
    let end = end_of_name(characters, last);
    let [whole, last]: [String; 2] = [begin, last].map(|from| characters[from..end].iter().collect());
    let called = characters.get(end) == Some(&'(');
    let here = match last.as_str() {
        _ if !called => format!("write {last}"),
        "sum" => "a sum over the elements is reduction='sum' of the call".to_owned(),
        _ => elsewhere::name(&last).map_or_else(|| format!("write {last}"), str::to_owned),
    };
    Fault::new(begin, format!("{whole} has a dot; names and functions stand alone: {here}"))
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn end_of_name(characters: &[char], at: usize) -> usize {
    at + characters[at..].iter().take_while(|c| c.is_alphanumeric() && !"²³½".contains(**c) || **c == '_').count()
}

/// The end of digits, a fraction and an exponent.
fn end_of_number(characters: &[char], mut at: usize) -> usize {
    let is_digit = |at: usize| characters.get(at).is_some_and(|c| c.is_ascii_digit() || *c == '_');
    while is_digit(at) || characters.get(at) == Some(&'.') {
        at += 1;
    }
    if matches!(characters.get(at), Some('e' | 'E')) {
        let signed = usize::from(matches!(characters.get(at + 1), Some('+' | '-')));
        if is_digit(at + 1 + signed) {
            at += 1 + signed;
            while is_digit(at) {
                at += 1;
            }
        }
    }
    at
}

fn stranger(c: char, at: usize) -> Fault {
    match elsewhere::sign(c) {
        Some(here) => Fault::new(at, format!("'{c}' does not occur in a formula: {here}")),
        None => Fault::new(at, format!("{c:?} does not occur in a formula")),
    }
}
