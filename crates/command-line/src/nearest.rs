//! The word that somebody most likely meant.

/// How many letters may differ.
const NEAR: usize = 2;

/// The one of these words that is nearest to what was written, where one is near.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().map(|right| (distance(written, right), right));
    let (letters, right) = distances.min_by_key(|(letters, _)| *letters)?;
    // Of a word of two letters nothing is left when two of them differ.
    (letters <= NEAR && letters < written.chars().count().max(2)).then_some(right)
}

/// How many letters have to be added, taken away or changed; case counts for nothing.
fn distance(one: &str, other: &str) -> usize {
    let letters: Vec<char> = other.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=letters.len()).collect();
    for (at, letter) in one.to_lowercase().chars().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        for (place, right) in row.iter_mut().skip(1).zip(&letters) {
            let changed = diagonal + usize::from(letter != *right);
            diagonal = *place;
            left = changed.min(*place + 1).min(left + 1);
            *place = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let known = ["ingress", "tunnel", "logfile"];
        assert_eq!(nearest("ingres", known), Some("ingress"));
        assert_eq!(nearest("LogFlie", known), Some("logfile"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("x", ["ab"]), None);
        assert_eq!(nearest("", ["a"]), Some("a"));
    }
}
