//! A zip file, member after member (APPNOTE 6.3.10: local header 4.3.7, central directory 4.3.12, its end 4.3.16).
//!
//! Members are deflated where they are made, so that threads share the work; here they only get their headers.

use std::io::{self, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// A file that goes into a zip.
pub(crate) struct Member {
    /// Its path inside.
    pub(crate) name: String,
    packed: Vec<u8>,
    crc: u32,
    length: u32,
}

impl Member {
    /// Deflates a file.
    pub(crate) fn new(name: String, text: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(text);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        // Writing to memory does not fail.
        let _ = encoder.write_all(text);
        let packed = encoder.finish().unwrap_or_default();
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self { name, packed, crc: crc.sum(), length }
    }
}

/// A zip being written.
pub(crate) struct Zip<W: Write> {
    out: W,
    written: u64,
    directory: Vec<u8>,
    count: u16,
}

impl<W: Write> Zip<W> {
    pub(crate) const fn new(out: W) -> Self {
        Self { out, written: 0, directory: Vec::new(), count: 0 }
    }

    /// Members so far.
    pub(crate) const fn count(&self) -> u16 {
        self.count
    }

    /// Adds a member.
    pub(crate) fn add(&mut self, member: &Member) -> io::Result<()> {
        let offset = low(self.written);
        let name = member.name.as_bytes();
        // Version 2.0, UTF-8 names, deflate, 1 April 2026 at noon.
        let mut common = Vec::with_capacity(26);
        for word in [20u16, 0x0800, 8, 0x6000, 0x5C81] {
            common.extend(word.to_le_bytes());
        }
        for long in [member.crc, low(member.packed.len() as u64), member.length] {
            common.extend(long.to_le_bytes());
        }
        common.extend(u16::try_from(name.len()).unwrap_or_default().to_le_bytes());
        common.extend([0, 0]);
        self.put(b"PK\x03\x04")?;
        self.put(&common)?;
        self.put(name)?;
        self.put(&member.packed)?;
        self.directory.extend(b"PK\x01\x02\x14\x00");
        self.directory.extend(&common);
        // No comment, disk 0, no attributes.
        self.directory.extend([0u8; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name);
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    /// Writes the central directory.
    pub(crate) fn end(mut self) -> io::Result<()> {
        let (start, directory) = (low(self.written), std::mem::take(&mut self.directory));
        self.put(&directory)?;
        self.put(b"PK\x05\x06\0\0\0\0")?;
        self.put(&self.count.to_le_bytes())?;
        self.put(&self.count.to_le_bytes())?;
        self.put(&low(directory.len() as u64).to_le_bytes())?;
        self.put(&start.to_le_bytes())?;
        self.put(&[0, 0])?;
        self.out.flush()
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

/// Zips stay far below 4 GiB: they are closed after so many persons.
fn low(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
