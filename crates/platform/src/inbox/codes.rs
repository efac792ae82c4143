//! What the walk of a delivery finds before any file is read.

/// The shape that the page of codes is written from.
macro_rules! codes {
    ($($name:ident = $code:literal, $severity:ident, $english:literal, $japanese:literal;)*) => {
        $(
            #[doc = $english]
            pub(crate) static $name: sudare_model::finding::FindingCode =
                sudare_model::finding::FindingCode {
                    code: $code,
                    severity: sudare_model::Severity::$severity,
                    english: $english,
                    japanese: $japanese,
                };
        )*
        /// Every code declared here.
        pub(crate) static ALL: &[&sudare_model::finding::FindingCode] = &[$(&$name),*];
    };
}

codes! {
    EMPTY = "INBOX-EMPTY", Warning,
        "no file was found in what was given; check the path, or whether the files were copied",
        "指定された場所にファイルがありません。場所と、ファイルが写されているかを確認してください";
    LINK = "INBOX-LINK", Error,
        "a symbolic link is not followed; deliver the file itself",
        "シンボリックリンクはたどりません。ファイル本体を送ってください";
    SPECIAL = "INBOX-SPECIAL", Error,
        "not a regular file (a device, pipe or socket); it was not opened",
        "通常のファイルではないため開きませんでした";
    TOO_LARGE = "INBOX-TOO-LARGE", Error,
        "the file is larger than the limit; split it",
        "ファイルが上限より大きいため分割してください";
    TOO_DEEP = "INBOX-TOO-DEEP", Error,
        "the folder lies deeper than the limit and was not walked",
        "フォルダの階層が深すぎるため読みませんでした";
    UNREADABLE = "INBOX-UNREADABLE", Error,
        "the file or folder cannot be looked at; check its permissions",
        "ファイルまたはフォルダを参照できません。権限を確認してください";
}
