//! Findings of specific health checkups.

use crate::findings::codes;

codes! {
    BROKEN = "CHECKUP-XML", Quarantine,
        "the document is not well-formed XML and was set aside; the place says where",
        "XML として正しくないため保留した。位置を確認すること";
    ENCODING = "CHECKUP-ENCODING", Quarantine,
        "the document is not UTF-8 and was set aside",
        "文字コードが UTF-8 ではないため保留した";
    PERSON = "CHECKUP-PERSON", Quarantine,
        "the document does not say whose it is (insured number, birth date or sex is missing) and was set aside",
        "受診者を特定する項目（番号・生年月日・性別）が無いため保留した";
    BRANCH = "CHECKUP-BRANCH", Warning,
        "there is no branch number; the person is told apart by birth date and sex as well",
        "枝番が無いため、生年月日と性別を加えて本人を区別した";
    CONFLICT = "CHECKUP-CONFLICT", Quarantine,
        "documents of one insured number with branch differ in birth date or sex; all of them were set aside",
        "同じ記号・番号・枝番で生年月日または性別が異なるため、すべて保留した";
    COUNT = "CHECKUP-COUNT", Warning,
        "the index states another number of documents than were delivered",
        "交換用基本情報の総件数と、提出された文書の数が一致しない";
    INSURER = "CHECKUP-INSURER", Warning,
        "the check digit of the insurer number is wrong",
        "保険者番号の検証番号が正しくない";
    DATE = "CHECKUP-DATE", Warning,
        "a date is no date and was left out",
        "日付として読めないため除いた";
    NUMBER = "CHECKUP-NUMBER", Warning,
        "a quantity is no number and was left out",
        "数値として読めないため除いた";
    CODE = "CHECKUP-CODE", Warning,
        "an observation has no code and was left out",
        "検査項目コードが無いため除いた";
    VALUE_TYPE = "CHECKUP-VALUE-TYPE", Warning,
        "a value is of a type that a checkup does not use and was left out",
        "値のデータ型が健診で用いないものであるため除いた";
    DOCUMENT = "CHECKUP-DOCUMENT", Quarantine,
        "the document is none of checkup, guidance or claim and was set aside",
        "健診・保健指導・決済のいずれの文書でもないため保留した";
}
