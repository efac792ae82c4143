//! The findings that reading medical claims can make. `docs/readings/uke.md` explains each.

crate::findings::codes! {
    SEPARATOR = "UKE-SEPARATOR", Quarantine,
        "fields are not separated by commas, or are quoted; write the file as the specification \
         says",
        "項目がカンマ区切りでない、または引用符で囲まれている。記録条件仕様のとおり作成すること";
    ENCODING = "UKE-ENCODING", Quarantine,
        "names are not in Shift_JIS (they read as UTF-8, EUC-JP or ISO-2022-JP); the file was set \
         aside, because names would \
         be garbled; convert it to Shift_JIS",
        "氏名がShift_JISでない（UTF-8、EUC-JPまたはISO-2022-JPとみられる）ため保留した。Shift_JISに変換して再提出すること";
    PROVIDER = "UKE-PROVIDER", Quarantine,
        "the file is of another institution than the provider named (the medical institution \
         code in IR or YK is not the register's `claims_code`); receive it under the provider \
         whose claims they are, or, if the register's code is wrong, correct the register and \
         give the file under another name",
        "IR・YKの医療機関コードが、指定された提供元の登録コード（claims_code）と異なるため保留した。正しい提供元で受領すること。\
         登録が誤りの場合は登録を訂正し、別のファイル名で再提出すること";
    LINE_END = "UKE-LINE-END", Note,
        "records end with LF or CR alone instead of CRLF",
        "レコードの終わりがCRLFでない（LFまたはCRのみ）";
    EOF_MARK = "UKE-EOF-MARK", Note,
        "the end-of-file mark 0x1A is missing",
        "ファイル終端の0x1A（EOF）がない";
    GO_MISSING = "UKE-GO-MISSING", Warning,
        "there is no GO record: the file may have been cut; check that it is complete",
        "GOレコードがない。ファイルが途中で切れていないか確認すること";
    GO_TOTALS = "UKE-GO-TOTALS", Warning,
        "the number of HO and KO records or the sum of points differs from the GO record; \
         claims may be missing",
        "HO・KOの件数または合計点数がGOレコードと一致しない。レセプトの欠落がないか確認すること";
    TRUNCATED = "UKE-TRUNCATED", Error,
        "the last record is cut short and was not read",
        "最後のレコードが途中で切れているため読み取らなかった";
    LINE_LENGTH = "UKE-LINE-LENGTH", Error,
        "a record is longer than any the specification allows and was not read",
        "仕様上あり得ない長さのレコードがあるため読み取らなかった";
    COLUMNS = "UKE-COLUMNS", Warning,
        "a record has another number of columns than the specification says; the columns that \
         are there were read",
        "レコードの項目数が仕様と異なる。存在する項目のみ読み取った";
    RECORD_UNKNOWN = "UKE-RECORD-UNKNOWN", Error,
        "a record of a kind that such claims do not have was not read",
        "この種類のレセプトにない種別のレコードがあるため読み取らなかった";
    MASTER_UNKNOWN = "UKE-MASTER-UNKNOWN", Warning,
        "a code is in none of the claim masters given; it was kept as it is, without a name",
        "指定されたマスターにないコードがある。名称なしでそのまま記録した";
    MASTER_EXPIRED = "UKE-MASTER-EXPIRED", Note,
        "a code was no longer in force on the day of care, by the claim masters given",
        "診療日には廃止されていたコードがある（指定されたマスターによる）";
    CORRECTED = "UKE-CORRECTED", Note,
        "a record that the payer corrected or added was not read; the claim was read as the \
         provider sent it",
        "審査支払機関が補正・追加したレコードは読み取らず、提出時の内容で読み取った";
    RETURNED = "UKE-RETURNED", Note,
        "the claim was returned to the provider; it was read as it had been sent, and a claim \
         sent again is another",
        "返戻されたレセプトである。提出時の内容で読み取った。再請求分は別に読み取る";
    ORPHAN = "UKE-ORPHAN", Error,
        "a record stands before the first RE record, belongs to no claim and was not read",
        "REレコードより前にあり、どのレセプトにも属さないレコードのため読み取らなかった";
    PATIENT_MISSING = "UKE-PATIENT-MISSING", Quarantine,
        "the claim has no patient number (RE-13), so nobody can tell whose notice and refusal \
         apply; fill it in",
        "カルテ番号等（RE-13）がなく、通知・停止の求めを確認できないため保留した。記録して再提出すること";
    PATIENT_CONFLICT = "UKE-PATIENT-CONFLICT", Quarantine,
        "claims with the same patient number state different birth dates or sexes and were set \
         aside, because joining \
         them could mix two people; correct the numbers",
        "同じカルテ番号で生年月日または性別が異なるレセプトがあり、別人を混同するおそれがあるため保留した";
    NUL = "UKE-NUL", Warning,
        "a record holds NUL bytes; the field was not read",
        "レコードにNULバイトが含まれる。当該項目は読み取らなかった";
    BYTES = "UKE-BYTES", Warning,
        "a text holds bytes that are not Shift_JIS; they were replaced by U+FFFD",
        "Shift_JISとして読めないバイトがあり、U+FFFDに置き換えた";
    CHARACTER = "UKE-CHARACTER", Note,
        "a text holds a character outside JIS X 0208 (an extension of CP932, or the provider's \
         own character)",
        "JIS X 0208にない文字（機種依存文字・外字）が含まれる";
    DATE = "UKE-DATE", Warning,
        "a date is none and was left out",
        "日付として読めない値があり、空欄とした";
    ERA = "UKE-ERA", Note,
        "a date is written in an era that had ended; it was read as if the era had gone on",
        "終了後の元号で書かれた日付がある。元号が続いたものとして読み取った";
    NUMBER = "UKE-NUMBER", Warning,
        "a number is none and was left out",
        "数値として読めない値があり、空欄とした";
    CODE = "UKE-CODE", Warning,
        "a code has not the digits its kind has; it was kept as it is",
        "コードの桁数または文字種が仕様と異なる。そのまま記録した";
    SEX = "UKE-SEX", Warning,
        "the sex is neither 1 nor 2 and was read as unknown",
        "男女区分が1・2以外のため不明とした";
    CATEGORY = "UKE-CATEGORY", Warning,
        "a record has no 診療識別 and none before it in the claim to inherit",
        "診療識別がなく、引き継ぐ先行レコードもない";
    DAYS = "UKE-DAYS", Note,
        "an act has no day of the month; its row has no date",
        "算定日がないため、日付なしで記録した";
    INSURER_CHECK = "UKE-INSURER-CHECK", Note,
        "the check digit of an insurer number (HO-1) does not hold; the number was kept as it is",
        "保険者番号（HO-1）の検証番号が一致しない。番号はそのまま記録した";
    PAYER_CHECK = "UKE-PAYER-CHECK", Note,
        "the check digit of a public payer's or recipient's number (KO-1, KO-2) does not hold, \
         as local subsidies' may",
        "公費負担者番号・受給者番号（KO-1・KO-2）の検証番号が一致しない（地方単独事業ではあり得る）";
    COMMENT = "UKE-COMMENT", Note,
        "the value of a comment does not follow its pattern, wholly or in part; that part was \
         kept as free text",
        "コメントの値がパターンに従わない。従わない部分は文字データとして扱った";
    DONOR = "UKE-DONOR", Error,
        "records of an organ donor (TI and what follows) belong to another person and were not \
         read",
        "臓器提供者に係るレコード（TI以降）は別人の情報のため読み取らなかった";
}
