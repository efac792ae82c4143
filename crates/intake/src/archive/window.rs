//! Reading a packed file at any byte without unpacking it from the start each time.
//!
//! Units of one file are read by several threads, a little out of order. One decoder runs forward; what it gave last
//! is kept in pieces, so that whoever comes a little late finds them, and only who comes from far behind starts the
//! decoder again. Memory: [`PIECES_KEPT`] pieces for each of [`WINDOWS_KEPT`] files.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

use super::SharedFiles;

/// Bytes of a piece.
pub(super) const PIECE: u64 = 256 << 10;
/// 64 MiB: more than all units that are read at once.
const PIECES_KEPT: usize = 256;
/// Packed files whose window is kept.
const WINDOWS_KEPT: usize = 4;

/// Where packed bytes lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    /// The file of the layer below.
    pub(super) file_no: u32,
    /// First packed byte.
    pub(super) start: u64,
    /// Packed bytes.
    pub(super) packed: u64,
    pub(super) packing: Packing,
}

/// How bytes are packed, with the checksum they must have (a gzip holds its own).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Stored(u32),
    Deflated(u32),
    Gzip,
}

/// The windows kept, newest last.
#[derive(Default)]
pub(super) struct Windows(Mutex<VecDeque<(u32, Arc<Window>)>>);

impl Windows {
    /// A reader of a member from a byte on.
    pub(super) fn open(
        &self,
        member: u32,
        below: &SharedFiles,
        source: Source,
        length: u64,
        byte: u64,
    ) -> Pieces {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|(number, _)| *number == member);
        let window = match known.and_then(|at| kept.remove(at)) {
            Some((_, window)) => window,
            None => Arc::new(Window {
                below: Arc::clone(below),
                source,
                length,
                state: Mutex::default(),
            }),
        };
        kept.push_back((member, Arc::clone(&window)));
        if kept.len() > WINDOWS_KEPT {
            kept.pop_front();
        }
        Pieces { window, at: byte, piece: None }
    }
}

/// One packed file being read.
struct Window {
    below: SharedFiles,
    source: Source,
    length: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    decoder: Option<Box<dyn Read + Send>>,
    crc: Crc,
    /// Number of the piece that the decoder gives next.
    next: u64,
    pieces: BTreeMap<u64, Arc<[u8]>>,
}

impl Window {
    /// A piece by its number.
    fn piece(&self, number: u64) -> io::Result<Arc<[u8]>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(piece) = state.pieces.get(&number) {
                return Ok(Arc::clone(piece));
            }
            if number < state.next || state.decoder.is_none() {
                let decoder = Some(self.decoder()?);
                *state = State { decoder, ..State::default() };
            }
            let decoded = self.decode(&mut state);
            if decoded.is_err() {
                state.decoder = None;
            }
            decoded?;
        }
    }

    /// Takes the next piece from the decoder; the last one is where length and checksum are checked.
    fn decode(&self, state: &mut State) -> io::Result<()> {
        let State { decoder, crc, next, pieces } = state;
        let decoder = decoder.as_mut().ok_or_else(super::broken)?;
        let rest = self.length.saturating_sub(*next * PIECE);
        let wanted = rest.min(PIECE);
        let mut bytes = Vec::with_capacity(usize::try_from(wanted).map_err(|_| super::broken())?);
        decoder.by_ref().take(wanted).read_to_end(&mut bytes).map_err(|_| super::broken())?;
        if bytes.len() as u64 != wanted {
            return Err(super::broken());
        }
        crc.update(&bytes);
        if rest <= PIECE {
            let more = decoder.read(&mut [0u8; 1]).map_err(|_| super::broken())?;
            let sound = match self.source.packing {
                Packing::Stored(sum) | Packing::Deflated(sum) => crc.sum() == sum,
                Packing::Gzip => true,
            };
            if more != 0 || !sound {
                return Err(super::broken());
            }
        }
        pieces.insert(*next, bytes.into());
        *next += 1;
        if pieces.len() > PIECES_KEPT {
            pieces.pop_first();
        }
        Ok(())
    }

    fn decoder(&self) -> io::Result<Box<dyn Read + Send>> {
        let Source { file_no, start, packed, packing } = self.source;
        let file = self.below.open_at(file_no, start).map_err(|_| super::broken())?;
        let bytes = io::BufReader::with_capacity(1 << 16, file.take(packed));
        Ok(match packing {
            Packing::Stored(_) => Box::new(bytes),
            Packing::Deflated(_) => Box::new(DeflateDecoder::new(bytes)),
            Packing::Gzip => Box::new(MultiGzDecoder::new(bytes)),
        })
    }
}

/// Reads a member piece by piece.
pub(super) struct Pieces {
    window: Arc<Window>,
    at: u64,
    piece: Option<(u64, Arc<[u8]>)>,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.window.length || into.is_empty() {
            return Ok(0);
        }
        let number = self.at / PIECE;
        let piece = match self.piece.take() {
            Some((known, piece)) if known == number => piece,
            _ => self.window.piece(number)?,
        };
        let offset = usize::try_from(self.at % PIECE).map_err(|_| super::broken())?;
        let rest = piece.get(offset..).unwrap_or_default();
        let read = rest.len().min(into.len());
        if let (Some(target), Some(bytes)) = (into.get_mut(..read), rest.get(..read)) {
            target.copy_from_slice(bytes);
        }
        self.at += read as u64;
        self.piece = Some((number, piece));
        Ok(read)
    }
}
