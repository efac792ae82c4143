//! The members of a zip, one local header after another; the central directory is not looked at.

use std::io::Read;

use flate2::read::DeflateDecoder;

/// What a zip that holds anything begins with.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";
/// A local header without its name.
const HEAD: usize = 30;

/// Name and content of each member, up to the first that cannot be read; the bytes as they are were searched before.
pub(super) fn members(mut rest: &[u8]) -> Vec<(&[u8], Vec<u8>)> {
    let mut found = Vec::new();
    while rest.starts_with(MAGIC) {
        let number = |at: usize| match rest.get(at..at + 2) {
            Some([low, high]) => usize::from(u16::from_le_bytes([*low, *high])),
            _ => 0,
        };
        let (method, packed) = (number(8), number(18) | number(20) << 16);
        let content = HEAD + number(26) + number(28);
        let Some(name) = rest.get(HEAD..HEAD + number(26)) else { break };
        let Some(body) = rest.get(content..) else { break };
        let mut member = Vec::new();
        let taken = if method == 8 {
            let mut decoder = DeflateDecoder::new(body);
            // What came before a fault is searched.
            let _broken = decoder.read_to_end(&mut member);
            usize::try_from(decoder.total_in()).unwrap_or(usize::MAX)
        } else {
            member.extend_from_slice(body.get(..packed).unwrap_or(body));
            packed
        };
        found.push((name, member));
        // Sizes may stand behind the content and not before it.
        let next = body.get(taken..).unwrap_or_default();
        rest = match next.strip_prefix(b"PK\x07\x08") {
            Some(described) => described.get(12..).unwrap_or_default(),
            None => next,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn members_are_read_packed_and_plain() {
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), Default::default());
        packed.write_all(b"canary-4711 canary-4711").unwrap();
        let packed = packed.finish().unwrap();
        let mut zip = Vec::new();
        for (method, body, told) in [(8u8, packed.as_slice(), 0), (0, b"plain-4712", 10)] {
            zip.extend_from_slice(MAGIC);
            zip.extend_from_slice(&[20, 0, 0, 0, method, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            zip.extend_from_slice(&[told, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, b'a']);
            zip.extend_from_slice(body);
            if told == 0 {
                zip.extend_from_slice(b"PK\x07\x08............");
            }
        }
        let found = members(&zip);
        let texts: Vec<&[u8]> = found.iter().map(|one| one.1.as_slice()).collect();
        assert_eq!(texts, [&b"canary-4711 canary-4711"[..], b"plain-4712"]);
    }
}
