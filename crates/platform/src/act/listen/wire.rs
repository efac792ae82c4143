//! PDUs over a connection: each bounded in length and time, whatever the other side does.
//!
//! Source: PS3.8 section 9.3. Encoding and decoding are `dicom-ul`'s; when to stop waiting is decided here.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use dicom_ul::pdu::{Pdu, read_pdu, write_pdu};

use super::Stop;

/// Longest PDU taken, announced to the other side: two at once are held in memory.
pub(super) const PDU_BYTES_MAX: u32 = 128 << 10;
/// Longest request for an association: 128 contexts, each with many transfer syntaxes.
pub(super) const REQUEST_BYTES_MAX: u32 = 512 << 10;
/// Type, a reserved byte and the length.
const HEADER: usize = 6;
/// How long a read blocks before deadline and stop are looked at.
const SLICE: Duration = Duration::from_millis(100);
/// How long a write may take.
const WRITE: Duration = Duration::from_secs(30);
/// How long the other side may take to close after its last PDU, and how much it may still send.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 16 << 20;

/// Why there is no next PDU. Holds nothing that the other side sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// The other side closed the connection, or it broke.
    #[error("the connection was closed")]
    Closed,
    /// Nothing came for too long.
    #[error("nothing came for too long")]
    Idle,
    /// A PDU began and did not end in time.
    #[error("a PDU took too long")]
    Slow,
    /// A PDU states more bytes than were agreed.
    #[error("a PDU is longer than agreed")]
    Long,
    /// The bytes are no PDU.
    #[error("the bytes are no PDU")]
    Garbage,
    /// The listener ends.
    #[error("the listener ends")]
    Stopped,
}

/// One connection.
pub(super) struct Wire<'a> {
    stream: TcpStream,
    stop: &'a Stop,
    held: BytesMut,
    piece: Vec<u8>,
}

impl<'a> Wire<'a> {
    pub(super) fn new(stream: TcpStream, stop: &'a Stop) -> io::Result<Self> {
        stream.set_read_timeout(Some(SLICE))?;
        stream.set_write_timeout(Some(WRITE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, stop, held: BytesMut::new(), piece: vec![0; 64 << 10] })
    }

    /// The next PDU, of at most `longest` bytes. It must begin within `wait` and be whole within `pdu` after that.
    pub(super) fn read(
        &mut self,
        wait: Duration,
        pdu: Duration,
        longest: u32,
    ) -> Result<Pdu, Fault> {
        let mut begun = !self.held.is_empty();
        let mut deadline = Instant::now() + if begun { pdu } else { wait };
        loop {
            if let Some(whole) = self.whole(longest)? {
                return Ok(whole);
            }
            if self.stop.is_raised() {
                return Err(Fault::Stopped);
            }
            if Instant::now() > deadline {
                return Err(if begun { Fault::Slow } else { Fault::Idle });
            }
            match self.stream.read(&mut self.piece) {
                Ok(0) => return Err(Fault::Closed),
                Ok(count) => {
                    self.held.extend_from_slice(self.piece.get(..count).unwrap_or_default());
                    if !begun {
                        (begun, deadline) = (true, Instant::now() + pdu);
                    }
                }
                Err(error) if passing(&error) => {}
                Err(_) => return Err(Fault::Closed),
            }
        }
    }

    /// The PDU at the beginning of what is held, if it is whole.
    fn whole(&mut self, longest: u32) -> Result<Option<Pdu>, Fault> {
        let Some([kind, _, l0, l1, l2, l3]) = self.held.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        // What speaks another protocol is told before its length is believed.
        if !(1..=7).contains(kind) {
            return Err(Fault::Garbage);
        }
        let length = u32::from_be_bytes([*l0, *l1, *l2, *l3]);
        if length > longest {
            return Err(Fault::Long);
        }
        let total = usize::try_from(length).map_err(|_| Fault::Long)? + HEADER;
        if self.held.len() < total {
            return Ok(None);
        }
        let bytes = self.held.split_to(total).freeze();
        match read_pdu(bytes, longest, true) {
            Ok(Some(pdu)) => Ok(Some(pdu)),
            // What the decoder says of it may quote it.
            Ok(None) | Err(_) => Err(Fault::Garbage),
        }
    }

    /// Sends a PDU.
    pub(super) fn send(&mut self, pdu: &Pdu) -> Result<(), Fault> {
        let mut bytes = Vec::new();
        write_pdu(&mut bytes, pdu).map_err(|_| Fault::Garbage)?;
        self.stream.write_all(&bytes).map_err(|_| Fault::Closed)
    }

    /// Closes after a last PDU, so that the other side can read it: what it still sends is taken and dropped, or the
    /// system would tear the connection down under it.
    pub(super) fn close(mut self) {
        if self.stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        let deadline = Instant::now() + LINGER;
        let mut dropped = 0;
        while Instant::now() < deadline && dropped < LINGER_BYTES && !self.stop.is_raised() {
            match self.stream.read(&mut self.piece) {
                Ok(0) => return,
                Ok(count) => dropped += count,
                Err(error) if passing(&error) => {}
                Err(_) => return,
            }
        }
    }
}

/// Whether a read failed only because nothing came in time.
fn passing(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}
