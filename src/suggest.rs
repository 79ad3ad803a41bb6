//! "Did you mean": the name that was probably meant.

/// The candidate that most likely was meant, compared without case: a part of it, or a few typing errors
/// away.
pub fn nearest<'a>(typed: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = typed.to_lowercase().chars().take(100).collect();
    let fragment: String = typed.iter().collect();
    candidates
        .map(|candidate| {
            let lower = candidate.to_lowercase();
            let contains = typed.len() >= 4 && lower.contains(&fragment);
            let distance = if contains { 1 } else { distance(&typed, &lower.chars().collect::<Vec<_>>()) };
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 4).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many characters must be inserted, deleted, replaced or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut older: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&older, j - 1) + 1);
            }
            row.push(best);
        }
        older = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_a_few_typing_errors_away_or_contains_what_was_typed() {
        let names = ["Windows2019Retired", "UnsupportedGen2VMSize", "advice"];
        let near = |typed| nearest(typed, names.into_iter());
        assert_eq!(near("Windos2019Retird"), Some("Windows2019Retired"));
        assert_eq!(near("gen2vm"), Some("UnsupportedGen2VMSize"));
        assert_eq!(near("adivce"), Some("advice"));
        assert_eq!(near("deprecated"), None);
        assert_eq!(near(""), None);
    }
}
