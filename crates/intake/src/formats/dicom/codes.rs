//! Findings of DICOM objects.

use crate::findings::codes;

codes! {
    BROKEN = "DICOM-BROKEN", Quarantine,
        "the header cannot be read: it ends early, nests too deep or states lengths that cannot be; set aside",
        "ヘッダが途中で切れている、入れ子が深すぎる、または長さが矛盾しているため保留した";
    PATIENT = "DICOM-PATIENT", Quarantine,
        "the object has no patient id and was set aside",
        "患者IDが無いため保留した";
    CONFLICT = "DICOM-CONFLICT", Quarantine,
        "objects of one patient id differ in birth date or sex; all of them were set aside",
        "同じ患者IDで生年月日または性別が異なるため、すべて保留した";
    META = "DICOM-META", Note,
        "there is no preamble or no transfer syntax; how it is written was told from its first bytes",
        "プリアンブルまたは転送構文が無いため、先頭の内容から判断して読んだ";
    CHARSET = "DICOM-CHARSET", Warning,
        "a text has characters that its character set does not declare; it was read as Japanese systems \
         most often write",
        "宣言されていない文字集合の文字があるため、国内で多い符号化として読んだ";
    DATE = "DICOM-DATE", Warning,
        "a date is no date and was left out",
        "日付として読めないため除いた";
    TRUNCATED = "DICOM-TRUNCATED", Warning,
        "the pixel data are shorter than they state; the header was read",
        "画素データが記載より短い。ヘッダは読んだ";
    DIRECTORY = "DICOM-DIRECTORY", Note,
        "a directory of objects (DICOMDIR) lists names; it was not kept, the objects themselves are read",
        "DICOMDIR は氏名の一覧を含むため保存せず、各オブジェクトを読んだ";
    NO_SERIES = "DICOM-SERIES", Warning,
        "the object names no series; it stands alone",
        "シリーズの識別子が無いため、単独のものとして扱った";
}
