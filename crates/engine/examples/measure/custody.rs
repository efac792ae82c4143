//! Custody: many small files, as an SS-MIX2 storage has them.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use sudare_model::DeliveryId;
use sudare_store::custody::Custody;
use sudare_store::keys::SiteKeys;

use super::{Done, tell};

const FILE_BYTES: usize = 1500;

pub(super) fn measure(count: usize) -> Done<()> {
    let home = tempfile::tempdir()?;
    let keys = Arc::new(SiteKeys::create(home.path())?);
    let custody = Custody::open(home.path(), keys)?;
    let delivery = DeliveryId::parse("measured")?;
    let content = vec![b'|'; FILE_BYTES];
    let bytes = (count * FILE_BYTES) as u64;
    let cut = 100..200;
    let start = Instant::now();
    let draft = custody.create(&delivery)?;
    let mut packer = draft.packer()?;
    for file in 0..u32::try_from(count)? {
        let path = format!("000/012/{file:010}/20240401/OMP-01/{file}_20240401_OMP-01_1_-_1");
        packer.add(file, path.as_bytes(), &mut content.as_slice(), std::slice::from_ref(&cut))?;
    }
    packer.finish()?;
    draft.commit()?;
    tell("custody: pack small files, one thread", count, bytes, start.elapsed().as_secs_f64())?;
    let start = Instant::now();
    let last = custody.file(&delivery, u32::try_from(count)?.saturating_sub(1))?;
    let mut read = Vec::new();
    let last = last.ok_or("the last file is not there")?;
    custody.read(&delivery, &last)?.read_to_end(&mut read)?;
    tell("custody: find and read the last", count, bytes, start.elapsed().as_secs_f64())
}
