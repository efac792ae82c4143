//! Answers for people: short, aligned, the next step last. For machines the answer is printed as it is.

use std::fmt::Write as _;
use std::io::Write as _;

use sudare_platform::ActError;
use sudare_platform::answer::{
    BuildAnswer, Counts, DeliverAnswer, GrantRow, Initialised, LinkAnswer, ListenAnswer,
    MappingAnswer, MastersAnswer, ParseAnswer, ReceiveAnswer, RegisterApplied, StopAdded, StopRow,
    SynthAnswer, Trust, VerifyAnswer, Wrapped,
};

use super::Outcome;
use super::run::Answer;

/// Prints an answer to standard output.
pub(crate) fn answer(json: bool, answer: &Answer) -> Outcome<()> {
    if json {
        let line = serde_json::to_string(answer).map_err(|source| ActError::Failed {
            doing: "writing the answer".to_owned(),
            source: source.into(),
        })?;
        return print(&line);
    }
    print(account(answer).trim_end())
}

/// Prints text and a line end. A reader that went away is not a failure; an answer that was lost is.
pub(crate) fn print(text: &str) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(ActError::Failed {
            doing: "writing to standard output".to_owned(),
            source: error.into(),
        }),
        _ => Ok(()),
    }
}

/// The answer as a person reads it.
pub(crate) fn account(answer: &Answer) -> String {
    match answer {
        Answer::Synth(it) => synth(it),
        Answer::Init(it) => init(it),
        Answer::Wrapped(it) => wrapped(it),
        Answer::Register(it) => register(it),
        Answer::StopAdd(it) => stop_added(it),
        Answer::StopReceipt(it) => it.text.clone(),
        Answer::StopList(rows) => stop_list(rows),
        Answer::Masters(it) => masters(it),
        Answer::Receive(it) => receive(it),
        Answer::Listen(it) => listen(it),
        Answer::Link(it) => link(it),
        Answer::Build(it) => build(it),
        Answer::GrantAdd(it) => format!(
            "granted    {} to {} for {}, {} to {} (ledger entry {}{})",
            it.dataset,
            it.user,
            it.project,
            it.from,
            it.until,
            it.entry,
            if it.unchanged { ", in force before" } else { "" }
        ),
        Answer::GrantList(rows) => grant_list(rows),
        Answer::GrantWithdraw(it) => format!(
            "withdrawn  the grant of {} to {} in entry {} (ledger entry {}{})",
            it.dataset,
            it.user,
            it.grant,
            it.entry,
            if it.unchanged { ", done before" } else { "" }
        ),
        Answer::Deliver(it) => deliver(it),
        Answer::Verify(it) => verify(it),
        Answer::Parse(it) => parse(it),
        Answer::Mapping(it) => mapping(it),
    }
}

fn counts(counts: &Counts) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(" · ") }
}

/// A number with a comma every three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn synth(it: &SynthAnswer) -> String {
    let note = if it.existed { " (was there)" } else { "" };
    format!("region     {}{note}\nwritten    {}", it.out.display(), counts(&it.counts))
}

fn init(it: &Initialised) -> String {
    let mut text = format!(
        "site       {}{}\nledger     {}\nverifier   {}\npublish    the fingerprint of its keys, sha256 {}",
        it.home.display(),
        if it.existed { " (was there)" } else { "" },
        it.ledger.display(),
        it.verifier_key,
        it.fingerprint
    );
    for warning in &it.warnings {
        let _infallible = write!(text, "\nwarning    {warning}");
    }
    text
}

fn wrapped(it: &Wrapped) -> String {
    let before = if it.wrapped_before { "another passphrase" } else { "none: it lay in clear" };
    format!(
        "wrapped    the site key of {}\nbefore     {before}; copies of keys/site.age made until now open as before, so destroy them",
        it.home.display()
    )
}

fn register(it: &RegisterApplied) -> String {
    let mut text = format!(
        "register   epoch {}{}\nentries    {}",
        it.epoch,
        if it.unchanged { " (unchanged)" } else { "" },
        counts(&it.counts)
    );
    for line in it.warnings.iter().chain(&it.row_errors) {
        let _infallible = write!(text, "\n  {line}");
    }
    text
}

fn listen(it: &ListenAnswer) -> String {
    let mut text = format!(
        "listened   {} as {} for {}\nassociations {}\nimages     {} ({} bytes)\ndeliveries {}",
        it.address,
        it.ae_title,
        it.provider,
        counts(&it.associations),
        counts(&it.objects),
        grouped(it.bytes),
        it.deliveries.len()
    );
    for (name, counted) in
        [("refused   ", &it.statuses), ("rows      ", &it.rows), ("units     ", &it.units)]
    {
        if !counted.is_empty() {
            let _infallible = write!(text, "\n{name} {}", counts(counted));
        }
    }
    if it.waiting > 0 {
        let waiting = grouped(it.waiting);
        let _infallible =
            write!(text, "\nwaiting    {waiting} images in the spool, for the next start");
    }
    text
}

fn stop_added(it: &StopAdded) -> String {
    let mut text = match (it.sequence, it.epoch) {
        (Some(number), Some(epoch)) => format!(
            "stop request {number} ({}) in force from {} (register epoch {epoch})",
            it.request, it.effective
        ),
        _ => format!("stop request {} taken, in force from {}", it.request, it.effective),
    };
    if let Some(why) = &it.waits {
        let _infallible = write!(text, "\nwaits      in the letterbox, sealed and durable: {why}");
    }
    let known = match it.known {
        Some(true) => {
            "something of this patient came in before; nothing built from now on holds it"
        }
        Some(false) => {
            "nothing of this patient is here: nothing will be taken in; was the number typed as meant?"
        }
        None => "whether anything of this patient is here cannot be told now",
    };
    let _infallible = write!(text, "\npatient    {known}\nreceipt    {}", it.receipt.display());
    text
}

fn stop_list(rows: &[StopRow]) -> String {
    if rows.is_empty() {
        return "no stop request".to_owned();
    }
    let mut text = String::from(
        "number   request           received                   provider          tracks                    requester",
    );
    for row in rows {
        let number = row.sequence.map_or_else(|| row.state.clone(), |number| number.to_string());
        let _infallible = write!(
            text,
            "\n{number:>7}  {:16}  {:25}  {:16}  {:24}  {}",
            row.request, row.received, row.provider, row.tracks, row.requester
        );
    }
    text
}

fn receive(it: &ReceiveAnswer) -> String {
    let mut text = format!(
        "delivery   {} from {}\nfiles      {}\n{}",
        it.delivery.as_deref().unwrap_or("nothing new"),
        it.provider,
        counts(&it.brought.files),
        came_in(it)
    );
    for refused in &it.brought.refused {
        let _infallible = write!(
            text,
            "\nrefused    {} {}, {} track: {} {} ({})",
            grouped(refused.units),
            if refused.units == 1 { "unit" } else { "units" },
            refused.track,
            refused.rule,
            refused.english,
            refused.article
        );
    }
    for finding in &it.brought.findings {
        let _infallible = write!(
            text,
            "\nfinding    {} × {} ({}): {}",
            grouped(finding.count),
            finding.code,
            finding.severity,
            finding.english
        );
    }
    for remark in &it.remarks {
        let _infallible = write!(text, "\nremark     {}", remark.english);
    }
    if let Some(report) = &it.report {
        let _infallible = write!(text, "\nanswer     {}", report.display());
    }
    if let Some(list) = &it.list {
        let _infallible = write!(
            text,
            "\nlist       {}: paths may name patients, so give it to the provider and remove it",
            list.display()
        );
    } else if !it.brought.findings.is_empty() {
        text.push_str("\n           files by number; --list FILE writes which number is which");
    }
    text
}

/// What was read; of files that all came before, that nothing was, and what they brought then.
fn came_in(it: &ReceiveAnswer) -> String {
    let came = it.brought.files.get("received_before").copied().unwrap_or_default();
    if !it.unchanged || came == 0 {
        return amounts(it.brought.records, it.brought.bytes, &it.brought.units, &it.brought.rows);
    }
    let nothing = "unchanged  every file was received before: nothing was added";
    match &it.before {
        Some(it) => {
            let then =
                amounts(it.brought.records, it.brought.bytes, &it.brought.units, &it.brought.rows);
            format!("{nothing}; they brought\n{then}")
        }
        None => nothing.to_owned(),
    }
}

fn amounts(records: u64, bytes: u64, units: &Counts, rows: &Counts) -> String {
    format!(
        "records    {} in {} bytes\nunits      {}\nrows       {}",
        grouped(records),
        grouped(bytes),
        counts(units),
        counts(rows)
    )
}

fn link(it: &LinkAnswer) -> String {
    format!(
        "linked     {}{}\npersons    {} from {} patients at providers\nrules      {}",
        it.dataset,
        if it.unchanged { " (unchanged)" } else { "" },
        grouped(it.persons),
        grouped(it.subjects),
        counts(&it.counts)
    )
}

fn build(it: &BuildAnswer) -> String {
    let mut text = format!(
        "dataset    {} ({}){}\npersons    {}\nrows       {}",
        it.dataset,
        it.level,
        if it.unchanged { " (unchanged)" } else { "" },
        counts(&it.persons),
        counts(&it.rows)
    );
    if it.stale {
        text.push_str(
            "\nstale      a stop request since touches it: it may be handed to nobody (R-OPT-07); \
             build anew under a new id",
        );
    }
    if let Some(k) = &it.k {
        let _infallible = write!(text, "\nk          {}", counts(k));
    }
    if !it.certificate.as_os_str().is_empty() {
        let _infallible = write!(text, "\ncertified  {}", it.certificate.display());
    } else {
        text.push_str("\nforeseen   a dry run: nothing was written and nothing recorded");
    }
    text
}

fn grant_list(rows: &[GrantRow]) -> String {
    if rows.is_empty() {
        return "no grant".to_owned();
    }
    let mut text = String::from(
        " entry  dataset           user              project           from        until       state",
    );
    for row in rows {
        let _infallible = write!(
            text,
            "\n{:>6}  {:16}  {:16}  {:16}  {:10}  {:10}  {}",
            row.entry, row.dataset, row.user, row.project, row.from, row.until, row.state
        );
    }
    text
}

fn deliver(it: &DeliverAnswer) -> String {
    format!(
        "delivered  {} to {} by the grant of entry {} (ledger entry {}{})\npackage    {}, {} bytes\nsha256     {}",
        it.dataset,
        it.user,
        it.grant,
        it.entry,
        if it.unchanged { ", done before" } else { "" },
        it.package.display(),
        grouped(it.bytes),
        it.sha256
    )
}

fn verify(it: &VerifyAnswer) -> String {
    let path = it.path.display();
    let mut text = match it.trust {
        Trust::Pinned => format!("verified   {} {path}", it.kind),
        Trust::Found => format!("consistent {} {path}, key not pinned", it.kind),
    };
    let _infallible = write!(
        text,
        "\nkeys       {}\n           in {}, sha256 {}",
        it.keys.names.join(", "),
        it.keys.file.display(),
        it.keys.fingerprint
    );
    if it.trust == Trust::Found {
        text.push_str(
            "\n           found beside the data: compare this fingerprint with the one the producer published",
        );
    }
    for check in &it.held {
        let _infallible = write!(text, "\n  held     {check}");
    }
    if !it.acts.is_empty() {
        let _infallible = write!(text, "\nacts done  {}", counts(&it.acts));
    }
    if it.abandoned > 0 {
        let _infallible = write!(text, "\ngiven up   {}", grouped(it.abandoned));
    }
    for act in &it.unfinished {
        let _infallible = write!(text, "\n  open     {act}");
    }
    text
}

fn parse(it: &ParseAnswer) -> String {
    let mut text = format!(
        "formats    {}\nfiles      {}\nrecords    {} in {} bytes\nrows       {}\nfindings   {}\nwritten    {}",
        counts(&it.formats),
        counts(&it.files),
        grouped(it.records),
        grouped(it.bytes),
        counts(&it.rows),
        counts(&it.findings),
        it.out.display()
    );
    if it.masked {
        text.push_str(
            "\nmasked     numbers in the paths of findings.jsonl stand as #, for they may be a patient's; file_no counts \
             the files in path order, and --identity writes the paths as they are",
        );
    }
    text
}

fn masters(it: &MastersAnswer) -> String {
    let mut text = format!("masters    {} files, {} new", grouped(it.files), grouped(it.added));
    for (word, count) in it.codes.iter().filter(|(_, count)| **count > 0) {
        let _infallible = write!(text, "\n  {word:<8} {:>9} codes", grouped(*count));
    }
    if let Some(digest) = &it.digest {
        let _infallible = write!(text, "\n  known to the ledger as {digest}");
    }
    text
}

fn mapping(it: &MappingAnswer) -> String {
    let mut text = format!("mapping    {} headings, no fault", it.headings);
    if !it.unmapped.is_empty() {
        let columns: Vec<String> = it.unmapped.iter().map(ToString::to_string).collect();
        let _infallible = write!(text, "\n  not read columns {}", columns.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_grouped_in_threes() {
        let shown: Vec<String> = [0, 999, 1000, 1_234_567].map(super::grouped).to_vec();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }
}
