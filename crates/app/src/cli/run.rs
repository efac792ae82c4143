//! One command, one act.

use std::cell::OnceCell;
use std::path::Path;

use serde::Serialize;
use sudare_platform::act::{self, Pin, StopAsked};
use sudare_platform::answer::{
    BuildAnswer, DeliverAnswer, GrantEnded, GrantGiven, GrantRow, Initialised, LinkAnswer,
    ListenAnswer, MappingAnswer, MastersAnswer, ParseAnswer, ReceiveAnswer, RegisterApplied,
    StopAdded, StopReceipt, StopRow, SynthAnswer, VerifyAnswer, Wrapped,
};
use sudare_platform::{ActError, Clock, Desk, Passphrase, Site, passphrase_in};

use super::args::{
    BuildArgs, Cli, Command, DatasetCommand, DeliverArgs, GrantAddArgs, GrantCommand,
    MastersCommand, ParseArgs, ReceiveArgs, RegisterCommand, SiteCommand, StopAddArgs, StopCommand,
    SynthArgs, ToolsCommand, VerifyArgs,
};
use super::bars::Bars;
use super::listen::listen;
use super::{Outcome, demo, show};

/// Does what the command says and prints the answer.
pub(crate) fn command(cli: &Cli) -> Outcome<()> {
    if let Command::Demo(args) = &cli.command {
        return demo::run(cli, args);
    }
    let bars = Bars::new(cli.json);
    let answer = perform(cli, Clock::System, &bars, &Held::default())?;
    show::answer(cli.json, &answer)
}

/// The passphrase that was given, read when it is first needed and once: a pipe gives it once.
#[derive(Debug, Default)]
pub(crate) struct Held(OnceCell<Passphrase>);

impl Held {
    fn passphrase(&self, cli: &Cli) -> Outcome<Option<&Passphrase>> {
        let Some(file) = &cli.passphrase_file else { return Ok(None) };
        if self.0.get().is_none() {
            let _first = self.0.set(passphrase_in(file)?);
        }
        Ok(self.0.get())
    }
}

/// Does what the command says, on a given clock: a demo lives on a day of its own.
pub(crate) fn perform(cli: &Cli, clock: Clock, bars: &Bars, held: &Held) -> Outcome<Answer> {
    let open = |clock| open(cli, clock, held);
    let desk = |clock| desk(cli, clock, held);
    let answer = match &cli.command {
        Command::Demo(_) => return Err(ActError::usage("demo", "a demo does not hold a demo")),
        Command::Synth(args) => Answer::Synth(synth(args, bars)?),
        Command::Init => Answer::Init(act::init_with(&cli.home, &clock, held.passphrase(cli)?)?),
        Command::Site(SiteCommand::Passphrase { new }) => {
            Answer::Wrapped(act::site_passphrase(&cli.home, held.passphrase(cli)?, new)?)
        }
        Command::Register(RegisterCommand::Apply { file }) => {
            Answer::Register(act::register_apply(&mut open(clock)?, file)?)
        }
        Command::Stop(StopCommand::Add(args)) => Answer::StopAdd(stop_add(&desk(clock)?, args)?),
        Command::Stop(StopCommand::List { provider }) => {
            Answer::StopList(act::stop_list(&desk(clock)?, provider.as_deref())?)
        }
        Command::Stop(StopCommand::Receipt(args)) => {
            Answer::StopReceipt(act::stop_receipt(&desk(clock)?, args.which())?)
        }
        Command::Masters(MastersCommand::Add { folder }) => {
            Answer::Masters(act::masters_add(&mut open(clock)?, folder)?)
        }
        Command::Masters(MastersCommand::List) => {
            Answer::Masters(act::masters_list(&open(clock)?)?)
        }
        Command::Receive(args) => Answer::Receive(receive(&mut open(clock)?, args, bars)?),
        Command::Listen(args) => Answer::Listen(listen(&desk(clock)?, args, bars)?),
        Command::Link => Answer::Link(act::link(&mut open(clock)?, bars)?),
        Command::Dataset(DatasetCommand::Build(args)) => {
            Answer::Build(build(&mut open(clock)?, args, bars)?)
        }
        Command::Grant(GrantCommand::Add(args)) => {
            Answer::GrantAdd(grant_add(&mut open(clock)?, args)?)
        }
        Command::Grant(GrantCommand::List { dataset }) => {
            Answer::GrantList(act::grant_list(&open(clock)?, dataset.as_deref())?)
        }
        Command::Grant(GrantCommand::Withdraw { entry }) => {
            Answer::GrantWithdraw(act::grant_withdraw(&mut open(clock)?, *entry)?)
        }
        Command::Deliver(args) => Answer::Deliver(deliver(&mut open(clock)?, args)?),
        Command::Verify(args) => Answer::Verify(verify(args)?),
        Command::Tools(ToolsCommand::Parse(args)) => Answer::Parse(parse(args, bars)?),
        Command::Tools(ToolsCommand::CheckMapping(args)) => {
            Answer::Mapping(act::check_mapping(&args.mapping, args.table.as_deref())?)
        }
    };
    Ok(answer)
}

/// The answer of any act; printed for machines as the act's own object.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// `synth`
    Synth(SynthAnswer),
    /// `init`
    Init(Initialised),
    /// `site passphrase`
    Wrapped(Wrapped),
    /// `register apply`
    Register(RegisterApplied),
    /// `stop add`
    StopAdd(StopAdded),
    /// `stop receipt`
    StopReceipt(StopReceipt),
    /// `stop list`
    StopList(Vec<StopRow>),
    /// `masters add`, `masters list`
    Masters(MastersAnswer),
    /// `receive`
    Receive(ReceiveAnswer),
    /// `listen`
    Listen(ListenAnswer),
    /// `link`
    Link(LinkAnswer),
    /// `dataset build`
    Build(BuildAnswer),
    /// `grant add`
    GrantAdd(GrantGiven),
    /// `grant list`
    GrantList(Vec<GrantRow>),
    /// `grant withdraw`
    GrantWithdraw(GrantEnded),
    /// `deliver`
    Deliver(DeliverAnswer),
    /// `verify`
    Verify(VerifyAnswer),
    /// `tools parse`
    Parse(ParseAnswer),
    /// `tools check-mapping`
    Mapping(MappingAnswer),
}

/// What works while another process has the site.
fn desk(cli: &Cli, clock: Clock, held: &Held) -> Outcome<Desk> {
    Desk::open_with(&cli.home, clock, held.passphrase(cli)?)
}

fn open(cli: &Cli, clock: Clock, held: &Held) -> Outcome<Site> {
    Site::at(&desk(cli, clock, held)?)
}

fn synth(args: &SynthArgs, bars: &Bars) -> Outcome<SynthAnswer> {
    act::synth(&args.out, args.persons, args.seed, args.canary, bars)
}

fn stop_add(desk: &Desk, args: &StopAddArgs) -> Outcome<StopAdded> {
    let number = if args.patient_file == Path::new("-") {
        act::patient_number(std::io::stdin())
    } else {
        act::patient_number_in(&args.patient_file)
    }?;
    let asked = StopAsked {
        provider: &args.provider,
        patient_number: &number,
        track: args.track.map(super::args::TrackArg::word),
        requester: args.requester.word(),
        subject_dead: args.subject_dead,
    };
    act::stop_add(desk, &asked)
}

fn receive(site: &mut Site, args: &ReceiveArgs, bars: &Bars) -> Outcome<ReceiveAnswer> {
    act::receive_listing(site, &args.provider, &args.paths, args.list.as_deref(), bars)
}

fn build(site: &mut Site, args: &BuildArgs, bars: &Bars) -> Outcome<BuildAnswer> {
    act::build(site, &args.spec, args.dry_run, args.rehearsal_seed, bars)
}

fn grant_add(site: &mut Site, args: &GrantAddArgs) -> Outcome<GrantGiven> {
    act::grant_add(site, &args.dataset, &args.to, args.until.as_deref())
}

fn deliver(site: &mut Site, args: &DeliverArgs) -> Outcome<DeliverAnswer> {
    act::deliver(site, &args.dataset, &args.to, args.out.as_deref())
}

fn verify(args: &VerifyArgs) -> Outcome<VerifyAnswer> {
    let pin = Pin { key: args.key.as_deref(), fingerprint: args.key_fingerprint.as_deref() };
    act::verify(&args.path, pin)
}

fn parse(args: &ParseArgs, bars: &Bars) -> Outcome<ParseAnswer> {
    let masters = args.masters.as_deref();
    act::parse(&args.format, &args.paths, &args.out, args.identity, masters, bars)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn a_passphrase_is_read_once() {
        let file = std::env::temp_dir().join(format!("sudare-held-{}", std::process::id()));
        std::fs::write(&file, "one two").unwrap();
        let path = file.to_str().unwrap();
        let cli = Cli::try_parse_from(["sudare", "link", "--passphrase-file", path]).unwrap();
        let held = Held::default();
        assert!(held.passphrase(&cli).unwrap().is_some());
        std::fs::remove_file(&file).unwrap();
        // A pipe is empty the second time.
        assert!(held.passphrase(&cli).unwrap().is_some());
        assert!(Held::default().passphrase(&cli).is_err());
    }
}
