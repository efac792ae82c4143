//! The findings that reading DPC survey files can make. `docs/readings/dpc.md` explains each.

crate::findings::codes! {
    LAYOUT = "DPC-LAYOUT", Quarantine,
        "no line has the columns of a survey file that can be read (FF1, EF, E, F, D, H); the file was set aside",
        "読み取れるDPC調査データ（様式1・EF・E・F・D・H）の列構成の行がないため、ファイルを保留した";
    FACILITY = "DPC-FACILITY", Quarantine,
        "the facility code is missing or another than in the rest of the delivery; patient numbers of two \
         facilities could be mixed up, so the line or file was set aside; deliver each facility apart",
        "施設コードがない、または他と異なる。別施設の患者番号と混同するおそれがあるため保留した。施設ごとに提出すること";
    PATIENT = "DPC-PATIENT", Quarantine,
        "データ識別番号 is not 10 digits, so nobody can tell whose notice and refusal apply; the line was set \
         aside; leading zeros must be there",
        "データ識別番号が10桁の数字でなく、通知・停止の求めを確認できないため行を保留した。先頭の0を省かないこと";
    CONFLICT = "DPC-PATIENT-CONFLICT", Quarantine,
        "lines with the same データ識別番号 state different birth dates or sexes; all lines of that number were \
         set aside, because joining them could mix two people",
        "同じデータ識別番号で生年月日または性別が異なり、別人を混同するおそれがあるため、その番号の行をすべて保留した";
    ENCODING = "DPC-ENCODING", Note,
        "the file is in UTF-8 instead of Shift_JIS and was read so",
        "文字コードがShift_JISでなくUTF-8であるため、UTF-8として読み取った";
    LINE_END = "DPC-LINE-END", Note,
        "lines end with LF alone instead of CRLF",
        "行の終わりがCRLFでない（LFのみ）";
    LINE_LENGTH = "DPC-LINE-LENGTH", Error,
        "a line is longer than any the survey has and was not read",
        "仕様上あり得ない長さの行があるため読み取らなかった";
    KIND = "DPC-KIND", Error,
        "a line has the number of columns of another kind of survey file and was not read; keep one kind to a file",
        "他の種類の調査データの列数を持つ行があるため読み取らなかった。1ファイルには1種類のみとすること";
    COLUMNS = "DPC-COLUMNS", Warning,
        "a line has another number of columns than its kind of file; the columns that are there were read",
        "行の列数が仕様と異なる。存在する列のみ読み取った";
    TRUNCATED = "DPC-TRUNCATED", Error,
        "the last line is cut short and was not read",
        "最後の行が途中で切れているため読み取らなかった";
    SCATTERED = "DPC-SCATTERED", Note,
        "the lines of a patient do not follow one another; each was read and asked for by itself, and what is \
         stated of one stay may stand in two rows",
        "同一患者の行が連続していない。行ごとに確認して読み取ったが、1入院の情報が複数行に分かれることがある";
    DATE = "DPC-DATE", Warning,
        "a date is none and was left out",
        "日付として読めない値があり、空欄とした";
    NUMBER = "DPC-NUMBER", Warning,
        "a number is none and was left out",
        "数値として読めない値があり、空欄とした";
    SEX = "DPC-SEX", Warning,
        "the sex is neither 1 nor 2 and was read as unknown",
        "性別が1・2以外のため不明とした";
    CODE = "DPC-CODE", Warning,
        "a code is none that the reader knows; it was kept as it is, as an observation where it says what the \
         line is about",
        "未知のコードがある。値はそのまま（行の種類を示すコードの場合は所見として）記録した";
    CODE_TEXT = "DPC-CODE-TEXT", Warning,
        "what stands in the place of a code is a text; it was left out, and its row is without a code",
        "コードの項目にコードでない文字列があるため、コードを空欄とした";
    VERSION = "DPC-VERSION", Note,
        "the version of a code is missing or no number; the line was read all the same",
        "コードのバージョンがない、または数字でない。行は読み取った";
    BYTES = "DPC-BYTES", Warning,
        "a text holds bytes that are not of the file's encoding; they were replaced by U+FFFD",
        "文字コードとして読めないバイトがあり、U+FFFDに置き換えた";
    CHARACTER = "DPC-CHARACTER", Note,
        "a text holds a character outside JIS X 0208",
        "JIS X 0208にない文字（機種依存文字・外字）が含まれる";
    CONTROL = "DPC-CONTROL", Warning,
        "a text holds control characters and was left out",
        "文字列に制御文字が含まれるため空欄とした";
}
