//! The control store: notices in bulk.

use std::time::Instant;

use sudare_model::time::{Day, Instant as At};
use sudare_model::{Digest, NoticeId, ProviderId, SubjectKey};
use sudare_store::control::{Control, ControlError, Epoch, NoticeGiven};

use super::{Done, tell};

pub(super) async fn measure(count: usize) -> Done<()> {
    let home = tempfile::tempdir()?;
    let control = match std::env::var("SUDARE_TEST_POSTGRES") {
        Ok(address) => Control::open(&address).await?,
        Err(_) => Control::open_file(&home.path().join("control.db")).await?,
    };
    let (provider, notice) = (ProviderId::parse("h1")?, NoticeId::parse("h1-a-1")?);
    let given = (0..count).map(|number| NoticeGiven {
        provider: provider.clone(),
        notice: notice.clone(),
        subject: SubjectKey::from_bytes(
            (number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes(),
        ),
        day: Day::from_epoch_days(19_800),
        method: "handed".to_owned(),
        recipient: "subject".to_owned(),
    });
    let epoch = Epoch {
        epoch: i64::from(std::process::id()),
        applied: At::from_unix(0),
        digest: Digest::from_bytes([0; 32]),
        document: String::new(),
    };
    let start = Instant::now();
    let given = [Ok::<_, ControlError>(given.collect())];
    control.apply_register(&epoch, given).await?;
    tell("control: add notices", count, 0, start.elapsed().as_secs_f64())?;
    let (start, mut found) = (Instant::now(), 0);
    control.each_notice(&provider, &mut |_| found += 1).await?;
    tell("control: read notices of one provider", found, 0, start.elapsed().as_secs_f64())
}
