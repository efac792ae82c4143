//! What a unit reads: parts of files, and many of them in little memory.
//!
//! A plan lists every file of a delivery; of a storage of SS-MIX2 those are millions, each read whole. So spans are
//! kept as what differs from the one before.

/// A part of a file that a unit reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Number of the file in the delivery.
    pub file_no: u32,
    /// First byte.
    pub start: u64,
    /// Byte behind the last.
    pub end: u64,
    /// Number of the first record in the span, from 1.
    pub first_record: u32,
    /// Spans of one patient share a group; a group never crosses units.
    pub group: u32,
}

/// Before the first.
const NONE: Span = Span { file_no: 0, start: 0, end: 0, first_record: 1, group: 0 };

/// Spans in the order of reading. Memory: some six bytes for a file that is read whole.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Spans {
    /// Of each span five numbers, of seven bits a byte, the lowest first; the eighth bit says that more follow.
    bytes: Box<[u8]>,
}

impl Spans {
    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = Span> {
        let (mut rest, mut before) = (&*self.bytes, NONE);
        std::iter::from_fn(move || {
            let span = Span {
                file_no: narrow(folded(before.file_no.into(), take(&mut rest)?)),
                start: take(&mut rest)?,
                end: take(&mut rest)?,
                first_record: narrow(take(&mut rest)?),
                group: narrow(folded(before.group.into(), take(&mut rest)?)),
            };
            before = Span { end: span.start.wrapping_add(span.end), ..span };
            Some(before)
        })
    }

    /// All of them, one behind another.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Span> {
        self.iter().collect()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl FromIterator<Span> for Spans {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let (mut bytes, mut before) = (Vec::new(), NONE);
        for span in spans {
            put(unfolded(before.file_no.into(), span.file_no.into()), &mut bytes);
            put(span.start, &mut bytes);
            put(span.end.wrapping_sub(span.start), &mut bytes);
            put(span.first_record.into(), &mut bytes);
            put(unfolded(before.group.into(), span.group.into()), &mut bytes);
            before = span;
        }
        Self { bytes: bytes.into() }
    }
}

impl std::fmt::Debug for Spans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// How far a number lies from the one before, on either side of it: 0, 1 above, 1 below, 2 above and so on.
const fn unfolded(before: u64, number: u64) -> u64 {
    let by = number.wrapping_sub(before).cast_signed();
    ((by << 1) ^ (by >> 63)).cast_unsigned()
}

/// The number that lies so far from the one before.
const fn folded(before: u64, by: u64) -> u64 {
    before.wrapping_add((by >> 1) ^ (by & 1).wrapping_neg())
}

fn put(mut number: u64, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    into.push((number & 0x7f) as u8);
}

fn take(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for at in 0..10 {
        let byte = *from.split_off_first()?;
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            break;
        }
    }
    Some(number)
}

/// What was put there as 32 bits.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files_read_whole_take_six_bytes() {
        let whole = |file_no| Span {
            file_no,
            start: 0,
            end: 900 + u64::from(file_no % 3000),
            first_record: 1,
            group: file_no / 50,
        };
        let spans: Spans = (70_000..74_096).map(whole).collect();
        assert!(spans.bytes.len() < 4096 * 6 + 8, "{}", spans.bytes.len());
        assert!(spans.iter().eq((70_000..74_096).map(whole)));
    }

    proptest! {
        #[test]
        fn spans_come_back_as_they_were(
            parts in prop::collection::vec(any::<(u32, u64, u64, u32, u32)>(), 0..9)
        ) {
            let spans: Vec<Span> = parts
                .into_iter()
                .map(|(file_no, start, end, first_record, group)| {
                    Span { file_no, start, end, first_record, group }
                })
                .collect();
            let kept: Spans = spans.iter().copied().collect();
            prop_assert_eq!(kept.is_empty(), spans.is_empty());
            prop_assert_eq!(kept.iter().collect::<Vec<_>>(), spans);
        }
    }
}
