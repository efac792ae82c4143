//! The words of the report in English and Japanese: one struct, so that neither can lack a
//! sentence.

use sudare_model::{Rule, Track};

/// All words of a report.
pub(super) struct Words {
    pub(super) lang: &'static str,
    pub(super) title: &'static str,
    pub(super) anonymised: &'static str,
    pub(super) pseudonymised: &'static str,
    pub(super) dataset: &'static str,
    pub(super) project: &'static str,
    pub(super) article: &'static str,
    pub(super) period: &'static str,
    pub(super) ruleset: &'static str,
    pub(super) register: &'static str,
    pub(super) persons: &'static str,
    pub(super) persons_intro: &'static str,
    pub(super) stage: &'static str,
    pub(super) count: &'static str,
    pub(super) units_read: &'static str,
    pub(super) units_refused: &'static str,
    pub(super) units_admitted: &'static str,
    pub(super) linked: &'static str,
    pub(super) subjects: &'static str,
    pub(super) stopped: &'static str,
    pub(super) elsewhere: &'static str,
    pub(super) received: &'static str,
    pub(super) left_out: &'static str,
    pub(super) left_out_earlier: &'static str,
    pub(super) released: &'static str,
    pub(super) refused: &'static str,
    pub(super) refused_intro: &'static str,
    pub(super) refused_none: &'static str,
    pub(super) refused_other: &'static str,
    pub(super) provider: &'static str,
    pub(super) track_head: &'static str,
    pub(super) track_unknown: &'static str,
    pub(super) short_tracks: [&'static str; 2],
    pub(super) reason: &'static str,
    pub(super) requirement: &'static str,
    pub(super) units: &'static str,
    pub(super) rows: &'static str,
    pub(super) rows_intro: &'static str,
    pub(super) table: &'static str,
    pub(super) read: &'static str,
    pub(super) other_track: &'static str,
    pub(super) outside_period: &'static str,
    pub(super) person_suppressed: &'static str,
    pub(super) shifted_out: &'static str,
    pub(super) rare_code: &'static str,
    pub(super) written: &'static str,
    pub(super) classes: &'static str,
    pub(super) classes_intro: &'static str,
    pub(super) class_size: &'static str,
    pub(super) before: &'static str,
    pub(super) after: &'static str,
    pub(super) smallest: &'static str,
    pub(super) earlier: &'static str,
    pub(super) earlier_intro: &'static str,
    pub(super) earlier_none: &'static str,
    pub(super) earlier_read: &'static str,
    pub(super) earlier_unread: &'static str,
    pub(super) earlier_smallest: &'static str,
    pub(super) earlier_left: &'static str,
    pub(super) earlier_left_below: &'static str,
    pub(super) steps: &'static str,
    pub(super) quasi: &'static str,
    pub(super) step: &'static str,
    pub(super) loss: &'static str,
    pub(super) values: &'static str,
    pub(super) values_intro: &'static str,
    pub(super) values_none: &'static str,
    pub(super) column: &'static str,
    pub(super) emptied: &'static str,
    pub(super) share: &'static str,
    pub(super) clipped: &'static str,
    pub(super) limits: &'static str,
    pub(super) limits_anonymised: &'static str,
    pub(super) limits_pseudonymised: &'static str,
    japanese: bool,
}

impl Words {
    pub(super) const fn track(&self, track: Track) -> &'static str {
        match track {
            Track::Anonymised => self.anonymised,
            Track::Pseudonymised => self.pseudonymised,
        }
    }

    pub(super) const fn rule(&self, rule: Rule) -> &'static str {
        if self.japanese { rule.japanese() } else { rule.english() }
    }

    pub(super) const fn short_track(&self, track: Track) -> &'static str {
        let [anonymised, pseudonymised] = self.short_tracks;
        match track {
            Track::Anonymised => anonymised,
            Track::Pseudonymised => pseudonymised,
        }
    }

    /// Why a rule refuses, cut to what fits beside a bar; the table has the whole.
    pub(super) fn short(&self, rule: Rule) -> String {
        let whole = self.rule(rule);
        let fits = if self.japanese { 18 } else { 34 };
        match whole.char_indices().nth(fits) {
            None => whole.to_owned(),
            Some(_) => whole.chars().take(fits - 1).chain(['…']).collect(),
        }
    }

    pub(super) const fn limits_of(&self, track: Track) -> &'static str {
        match track {
            Track::Anonymised => self.limits_anonymised,
            Track::Pseudonymised => self.limits_pseudonymised,
        }
    }
}

pub(super) static ENGLISH: Words = Words {
    lang: "en",
    title: "Report of a dataset",
    anonymised: "anonymised medical information",
    pseudonymised: "pseudonymised medical information",
    dataset: "Dataset",
    project: "Project",
    article: "Article",
    period: "Period of care",
    ruleset: "Rules of",
    register: "Register read",
    persons: "From the door to the dataset",
    persons_intro: "At the door patient units are counted: a patient's folder, or a claim. Inside, one person counts once, however many providers know them.",
    stage: "Stage",
    count: "Count",
    units_read: "patient units delivered",
    units_refused: "refused in whole at the door",
    units_admitted: "patient units admitted, in part or whole",
    linked: "persons linked",
    subjects: "patients at providers",
    stopped: "asked to stop since",
    elsewhere: "nothing received under this track",
    received: "received under this track",
    left_out: "left out: class too small",
    left_out_earlier: "left out because of earlier releases",
    released: "released",
    refused: "Refused at the door",
    refused_intro: "Patient units of which a rule refused any item, as the ledger recorded them when the files came in. A unit refused by two rules, or for two tracks, counts under both; the picture shows this track. Refused rows were never stored.",
    refused_none: "Nobody was refused.",
    refused_other: "Nothing was refused for this track.",
    provider: "Provider",
    track_head: "Track",
    track_unknown: "not recorded",
    short_tracks: ["anonymised", "pseudonymised"],
    reason: "Reason",
    requirement: "Requirement",
    units: "Patient units",
    rows: "Rows",
    rows_intro: "What became of the rows of each table.",
    table: "Table",
    read: "read",
    other_track: "other track",
    outside_period: "outside the period",
    person_suppressed: "person left out",
    shifted_out: "outside the period once shifted",
    rare_code: "rare code",
    written: "released",
    classes: "Class sizes",
    classes_intro: "Persons who share all stated quasi-identifiers form a class. Before: as \
        received. After: as released.",
    class_size: "Persons in the class",
    before: "classes before",
    after: "classes after",
    smallest: "Smallest class released",
    earlier: "Earlier releases of the project",
    earlier_intro: "Whoever holds several releases can compare them. Persons are told apart by the classes they stood in, release by release, absence included; a set of persons who agree in all of them must hold k.",
    earlier_none: "This is the first anonymised release of the project.",
    earlier_read: "Releases compared",
    earlier_unread: "Releases that could not be compared",
    earlier_smallest: "Smallest set over all releases",
    earlier_left: "Persons of earlier releases who are not in this one",
    earlier_left_below: "of them in sets below k (they cannot be taken back)",
    steps: "Generalisation",
    quasi: "Quasi-identifier",
    step: "Step",
    loss: "Information lost on the quasi-identifiers (0 none, 1 all)",
    values: "Values lost",
    values_intro: "Values in rows that passed the gate, against values released: emptied \
        codes, rows that left with \
        their code, and numbers moved to the bound of their item.",
    values_none: "No value was lost.",
    column: "Column",
    emptied: "values lost",
    share: "share lost (%)",
    clipped: "moved to a bound",
    limits: "What these figures do not say",
    limits_anonymised: "The adversary assumed is an ordinary person or ordinary medical staff who \
        knows the stated quasi-identifiers of one person and no event of care. Earlier anonymised \
        releases of the project are compared by class. Not measured: what someone learns who knows \
        several events of a person; releases of other projects, pseudonymised releases, and persons \
        whose link between providers changed since. Contract, place of analysis and audit carry \
        the rest.",
    limits_pseudonymised: "Pseudonymised data keep dates, outliers and rare codes: persons \
        can be singled out by who \
        knows enough of their care. The law asks for a certified user and a ban on looking \
        instead.",
    japanese: false,
};

pub(super) static JAPANESE: Words = Words {
    lang: "ja",
    title: "データセット報告書",
    anonymised: "匿名加工医療情報",
    pseudonymised: "仮名加工医療情報",
    dataset: "データセット",
    project: "プロジェクト",
    article: "根拠条文",
    period: "診療期間",
    ruleset: "適用した基準",
    register: "参照した登録簿",
    persons: "受付から提供まで",
    persons_intro: "受付では患者単位（患者のフォルダ又はレセプト1件）を数えます。その後は、複数の事業者に記録がある人も1人と数えます。",
    stage: "段階",
    count: "数",
    units_read: "届いた患者単位",
    units_refused: "受付ですべて断ったもの",
    units_admitted: "一部又は全部を受け入れた患者単位",
    linked: "名寄せした人",
    subjects: "事業者ごとの患者",
    stopped: "その後に停止の求めがあった人",
    elsewhere: "この経路で受領した情報がない人",
    received: "この経路で受領した人",
    left_out: "同じ組の人数が足りず除いた人",
    left_out_earlier: "過去の提供データのため除いた人",
    released: "提供する人",
    refused: "受付で断ったもの",
    refused_intro: "規則により一部でも断った患者単位の数です。ファイルを受け付けたときに台帳に記録した値を示します。二つの規則又は経路で断ったものは、それぞれに数えます。図はこの経路の値です。断った行は保存していません。",
    refused_none: "該当はありません。",
    refused_other: "この経路で断ったものはありません。",
    provider: "事業者",
    track_head: "経路",
    track_unknown: "記録なし",
    short_tracks: ["匿名加工", "仮名加工"],
    reason: "理由",
    requirement: "要件",
    units: "患者単位",
    rows: "行数",
    rows_intro: "各表の行がどうなったかを示します。",
    table: "表",
    read: "読込",
    other_track: "別の経路",
    outside_period: "期間外",
    person_suppressed: "除いた人の行",
    shifted_out: "日付をずらすと期間外",
    rare_code: "まれなコード",
    written: "提供",
    classes: "組の大きさ",
    classes_intro: "指定した準識別子がすべて同じ人を1組とします。加工前は受領時、加工後は提供時の値です。",
    class_size: "組の人数",
    before: "加工前の組数",
    after: "加工後の組数",
    smallest: "提供データの最小の組",
    earlier: "同じプロジェクトの過去の提供データ",
    earlier_intro: "複数の提供データを持つ者は、互いに見比べることができます。各提供データで属した組（含まれないことも含む）がすべて同じ人の集まりが、k人以上であることを求めます。",
    earlier_none: "このプロジェクトで最初の匿名加工医療情報です。",
    earlier_read: "比べた提供データ",
    earlier_unread: "比べられなかった提供データ",
    earlier_smallest: "すべてを見比べたときの最小の集まり",
    earlier_left: "過去の提供データにいて今回いない人",
    earlier_left_below: "うち、集まりがk人に満たない人（取り戻せません）",
    steps: "一般化",
    quasi: "準識別子",
    step: "段階",
    loss: "準識別子で失われた情報（0 なし、1 すべて）",
    values: "失われた値",
    values_intro: "期間と人の条件を通った行の値と、提供する値の差です。空にしたコード、コードとともに除いた行、上下限に寄せた数値を含みます。",
    values_none: "失われた値はありません。",
    column: "列",
    emptied: "失われた値",
    share: "割合（%）",
    clipped: "上下限に寄せた値",
    limits: "この数値が示さないこと",
    limits_anonymised: "想定する攻撃者は、ある1人の準識別子を知り、診療の出来事を知らない一般人又は一般の医療従事者です。\
        同じプロジェクトの過去の匿名加工医療情報とは組ごとに比べています。複数の出来事を知る者が何を知り得るか、\
        他のプロジェクトの提供データ、仮名加工医療情報、名寄せが後に変わった人については測定していません。\
        契約、分析環境、監査で補います。",
    limits_pseudonymised: "仮名加工医療情報は日付、外れ値、まれなコードを残すため、診療内容を十分に知る者には個人を\
        絞り込めます。法は、これに代えて利用者の認定と識別行為の禁止を求めています。",
    japanese: true,
};
