//! The findings that municipal tables and their mappings can make. `docs/readings/municipal.md` explains each.

crate::findings::codes! {
    MAP_SYNTAX = "MUNI-MAP-SYNTAX", Quarantine,
        "the mapping cannot be read from this line on: headings and words stand in \"quotes\", one `key = \"…\"` a \
         line; no table that needs it was read",
        "この行以降の対応表を読み取れない。1行に「キー = \"見出し\"」の形で、見出しは引用符で囲むこと";
    MAP_KEY = "MUNI-MAP-KEY", Quarantine,
        "the mapping has a key that is none; the place names the one that is meant, where one is spelt alike",
        "対応表に定義されていないキーがある。位置に示すキーの誤りでないか確認すること";
    MAP_VALUE = "MUNI-MAP-VALUE", Quarantine,
        "the mapping gives this key something that it cannot be (a list instead of a text, an unknown word, a code of \
         another length)",
        "対応表のこのキーに指定できない値がある（種類の誤り、未定義の語、コードの桁数など）";
    MAP_MISSING = "MUNI-MAP-MISSING", Quarantine,
        "the mapping lacks this key, without which no row can be read",
        "対応表に必須のキーがない";
    MAP_TWICE = "MUNI-MAP-TWICE", Quarantine,
        "the mapping gives one heading two meanings, at this line the second",
        "対応表で同じ見出しが二度使われている（この行が二度目）";
    MAP_COLUMN = "MUNI-MAP-COLUMN", Warning,
        "no table has the heading of this line of the mapping; it was read without; compare the spelling",
        "対応表のこの行の見出しがどの表にもない。表記を確認すること";
    MAP_UNUSED = "MUNI-MAP-UNUSED", Warning,
        "the mapping fits no table beside or below it: none has the headings of its patient and date",
        "対応表に合う表が同じフォルダ以下にない（受診者番号と受診日の見出しを持つ表がない）";
    UNMAPPED = "MUNI-UNMAPPED", Quarantine,
        "the mapping of this table has faults or is another's, so the table was set aside; correct the mapping and \
         send both again",
        "この表に使える対応表がない（誤りがある、または合わない）ため保留した。対応表を直して再提出すること";
    SPELLING = "MUNI-SPELLING", Note,
        "there is no mapping; what the columns hold was told from their headings",
        "対応表がないため、見出しの表記から項目を判断した";
    COLUMN = "MUNI-COLUMN", Warning,
        "nothing says what this column holds; it was not read; map it, or list its heading under `ignore`",
        "この列の内容が分からないため読み取らなかった。対応表に加えるか、ignore に挙げること";
    HEADING = "MUNI-HEADING", Warning,
        "the heading of this column is empty or stands before it already; the column was not read",
        "見出しが空か、前の列と同じであるため、この列は読み取らなかった";
    KEYLESS = "MUNI-KEYLESS", Quarantine,
        "the headings speak of a checkup, but not of whose (patient) and when (date), or not so that they are known; \
         the table was set aside; write a mapping and send both",
        "健診の表と思われるが、受診者番号または受診日の見出しが分からないため保留した。対応表を付けて再提出すること";
    TITLE = "MUNI-TITLE", Note,
        "the line stands above the headings and was neither read nor kept",
        "見出しより上にある行のため、読み取りも保管もしなかった";
    NO_ROW = "MUNI-NO-ROW", Warning,
        "the table has headings and no row",
        "見出しのみで、行がない";
    ENCODING = "MUNI-ENCODING", Quarantine,
        "the table is in UTF-16 or holds bytes that are no text; save it as CSV in UTF-8 or Shift_JIS",
        "UTF-16であるか、文字でないバイトを含む。UTF-8またはShift_JISのCSVで保存すること";
    ROW = "MUNI-ROW", Error,
        "the row has another number of columns than there are headings, so its values may have moved; it was not \
         read; texts that hold commas stand in quotes",
        "列数が見出しと異なり、値がずれているおそれがあるため行を読み取らなかった。カンマを含む文字列は引用符で囲むこと";
    QUOTE = "MUNI-QUOTE", Error,
        "a quotation mark is opened and not closed, or the row is longer than any real one; the line was not read",
        "引用符が閉じていない、または行が長すぎるため、この行は読み取らなかった";
    PATIENT = "MUNI-PATIENT", Quarantine,
        "the row has no number of a person, so nobody can tell whose notice and refusal apply; it was set aside",
        "受診者の番号がなく、通知・停止の求めを確認できないため行を保留した";
    CONFLICT = "MUNI-CONFLICT", Quarantine,
        "rows of one number state different birth dates or sexes; all rows of that number were set aside",
        "同じ番号で生年月日または性別が異なり、別人を混同するおそれがあるため、その番号の行をすべて保留した";
    DATE = "MUNI-DATE", Warning,
        "a date is none and was left out",
        "日付として読めない値があり、空欄とした";
    NUMBER = "MUNI-NUMBER", Warning,
        "a result is no number and was left out; map the column as `mark` where it holds signs or words",
        "数値として読めない値があり、空欄とした。記号や語の列は kind = \"mark\" とすること";
    SEX = "MUNI-SEX", Warning,
        "the sex is none of the known words and was read as unknown; add the word under [sex]",
        "性別として読めない値があり、不明とした。[sex] に加えること";
    LONG = "MUNI-LONG", Note,
        "a sign or an answer has more than 20 characters and was stored as a note",
        "記号・回答が20文字を超えるため、文章として記録した";
    BYTES = "MUNI-BYTES", Warning,
        "a text holds bytes that are not of the table's encoding; they were replaced by U+FFFD",
        "文字コードとして読めないバイトがあり、U+FFFDに置き換えた";
    CONTROL = "MUNI-CONTROL", Warning,
        "a text holds control characters and was left out",
        "文字列に制御文字が含まれるため空欄とした";
}
