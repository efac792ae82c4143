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
    pub(super) received: &'static str,
    pub(super) left_out: &'static str,
    pub(super) released: &'static str,
    pub(super) refused: &'static str,
    pub(super) refused_intro: &'static str,
    pub(super) refused_none: &'static str,
    pub(super) reason: &'static str,
    pub(super) requirement: &'static str,
    pub(super) patients: &'static str,
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
    persons: "Persons",
    persons_intro: "One person counts once, however many providers know them.",
    received: "received under this track",
    left_out: "left out because their class is too small",
    released: "released",
    refused: "Refused before this dataset",
    refused_intro: "Patients refused at intake, by the rule that refused first. Their rows \
        were never stored.",
    refused_none: "Nobody was refused.",
    reason: "Reason",
    requirement: "Requirement",
    patients: "Patients",
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
    limits_anonymised: "The adversary assumed is an ordinary person or ordinary medical staff \
        who knows the stated \
        quasi-identifiers of one person and no event of care. Someone who knows several \
        events, or who holds an \
        earlier release, may learn more; this was not measured. Contract, place of analysis \
        and audit carry the rest.",
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
    persons: "人数",
    persons_intro: "複数の事業者に記録がある人も1人と数えます。",
    received: "この経路で受領した人",
    left_out: "同じ組の人数が足りず除いた人",
    released: "提供する人",
    refused: "受領時に除いたもの",
    refused_intro: "受領時に断った患者数を、最初に該当した規則ごとに示します。その行は保存されていません。",
    refused_none: "該当はありません。",
    reason: "理由",
    requirement: "要件",
    patients: "患者数",
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
        複数の出来事や過去の提供データを知る者が何を知り得るかは測定していません。契約、分析環境、監査で補います。",
    limits_pseudonymised: "仮名加工医療情報は日付、外れ値、まれなコードを残すため、診療内容を十分に知る者には個人を\
        絞り込めます。法は、これに代えて利用者の認定と識別行為の禁止を求めています。",
    japanese: true,
};
