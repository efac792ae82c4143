//! The findings that reading SS-MIX2 can make. `docs/readings/ssmix2.md` explains each.

crate::findings::codes! {
    PATH = "SSMIX-PATH", Quarantine,
        "the file does not lie where the storage has it (patient folder, date, type, a name of \
         seven parts), so its \
         patient cannot be confirmed; store it by the specification",
        "標準化ストレージの構成（患者ID・診療日・データ種別・7項目のファイル名）に従わず、患者を確認できないため保留した";
    NAME_FOLDER = "SSMIX-NAME-FOLDER", Quarantine,
        "the patient in the file name differs from the patient folder",
        "ファイル名の患者IDが患者フォルダと異なるため保留した";
    FLAG = "SSMIX-FLAG", Quarantine,
        "the condition flag in the file name is none of 0, 1, 2",
        "ファイル名のコンディションフラグが0・1・2以外のため保留した";
    FOLDER_TYPE = "SSMIX-FOLDER-TYPE", Warning,
        "the date or type folder differs from the file name; the file name was believed",
        "診療日・データ種別のフォルダがファイル名と異なる。ファイル名に従った";
    TYPE_UNKNOWN = "SSMIX-TYPE-UNKNOWN", Error,
        "the data type in the file name, or in a line of the transaction store, is none of the standardised \
         storage; the message was not read",
        "ファイル名またはトランザクションストレージのヘッダ行のデータ種別が標準化ストレージにないため読み取らなかった";
    NOT_READ_STORE = "SSMIX-NOT-READ-STORE", Note,
        "an index that is no text with a line of column names, a file named like one of the transaction store \
         without a line of it, or a record of the extended storage's transaction store was not read",
        "列名行のあるテキストでないインデックス、ヘッダ行のないトランザクションストレージ名のファイル、または拡張ストレージのトランザクション記録のため読み取らなかった";
    STORE = "SSMIX-STORE", Warning,
        "a file of the transaction store was read; its records are versions among the files of this delivery \
         that are read: what another delivery brought of the same message they neither replace nor delete, so it \
         may stand twice; deliver the storage where more than one delivery is to come",
        "トランザクションストレージのファイルを読み取った。版の判定は今回読み取るファイルの間でのみ行い、別の納品で受領した同じメッセージは置換も削除もしないため、二重となることがある。複数回納品する場合は標準化ストレージで提出すること";
    STORE_HEADER = "SSMIX-STORE-HEADER", Quarantine,
        "in the transaction store: a line (#SSMIX,…) that does not read, or bytes that stand behind none; nobody \
         can say whose they are, so they were neither read nor kept; send the file again",
        "トランザクションストレージのヘッダ行（#SSMIX,…）が読めない、またはヘッダ行のないデータがあり、患者を確認できないため読み取らず保存もしなかった。再提出すること";
    STORE_MESSAGE = "SSMIX-STORE-MESSAGE", Quarantine,
        "in the transaction store: a record that inserts (INS) holds no message; an older version is not read \
         in its place",
        "トランザクションストレージの登録（INS）の記録にメッセージがない。以前の版は代わりに読み取らない";
    STORE_DELETED = "SSMIX-STORE-DELETED", Error,
        "the transaction store deletes (DEL) a message that is not among the files that are read; where an \
         earlier delivery brought it, it stands; deliver the storage",
        "トランザクションストレージの削除（DEL）の対象が今回読み取るファイルにない。以前の納品で受領した場合は残る。標準化ストレージで提出すること";
    STORE_CONTRARY = "SSMIX-STORE-CONTRARY", Error,
        "the transaction store deletes (DEL) a message at the very instant of a file that stands in the storage \
         as valid; the file was read; where the deletion holds, deliver the storage with it (condition flag 0)",
        "トランザクションストレージの削除（DEL）と同一時刻の有効なファイルが標準化ストレージにある。ファイルを読み取ったので、削除が正しい場合は標準化ストレージの削除（コンディションフラグ0）を提出すること";
    INDEX = "SSMIX-INDEX", Note,
        "the index was compared with the files of the delivery; nothing of it is kept",
        "インデックスを納品されたファイルと照合した。インデックス自体は保存しない";
    INDEX_MISSING = "SSMIX-INDEX-MISSING", Warning,
        "the index lists a valid file that is not in the delivery; send it, unless only what is new was meant \
         to be delivered",
        "インデックスにある有効なファイルが納品にない。差分のみの納品でなければ提出すること";
    INDEX_DELETED = "SSMIX-INDEX-DELETED", Error,
        "the index says that a file was deleted, and it stands in the delivery as valid; it was read; deliver \
         the deletion",
        "インデックスで削除済みのファイルが有効なまま納品されている。読み取ったので、削除（コンディションフラグ0）を納品すること";
    INDEX_ROW = "SSMIX-INDEX-ROW", Warning,
        "a row of the index holds no file name of seven parts",
        "インデックスの行に7項目のファイル名がない";
    EXTENDED = "SSMIX-EXTENDED", Note,
        "a file of the extended storage that is neither a message nor the text of a clinical document \
         (a PDF, an image) was kept, where everything of the patient is admitted, and not read",
        "拡張ストレージのうちメッセージでも診療文書（CDA）の文章でもないもの（PDF・画像等）は（患者の全項目が受入可能な場合に）保管し、読み取らなかった";
    DOCUMENT_PATIENT = "SSMIX-DOCUMENT-PATIENT", Quarantine,
        "the patient in a document's header differs from the patient folder (or, where it came inside a \
         message, from PID-3); reading it could give one patient another's records",
        "文書ヘッダの患者IDが患者フォルダ（メッセージ内の文書ではPID-3）と異なり、別人の記録を混同するおそれがあるため保留した";
    DOCUMENT_UNNAMED = "SSMIX-DOCUMENT-UNNAMED", Note,
        "a document's header holds no patient number; the folder (or the message) was believed",
        "文書ヘッダに患者IDがない。患者フォルダ（またはメッセージ）に従った";
    DOCUMENT_BROKEN = "SSMIX-DOCUMENT-BROKEN", Error,
        "a clinical document is not well-formed XML, nests too deep, or names characters that are not \
         known; it was not read",
        "診療文書（CDA）がXMLとして正しくない、入れ子が深すぎる、または文字コードが不明のため読み取らなかった";
    DOCUMENT_EMPTY = "SSMIX-DOCUMENT-EMPTY", Note,
        "a clinical document has no text in its sections; no row was made",
        "診療文書（CDA）に本文の文章がないため行を作成しなかった";
    ATTACHMENT = "SSMIX-ATTACHMENT", Note,
        "a document inside a result (OBX-2 ED) is no text; it stays in the message and was not read",
        "検査結果に埋め込まれた文書（OBX-2がED）が文字でないため読み取らなかった（メッセージ内に残る）";
    TRIGGER = "SSMIX-TRIGGER", Error,
        "MSH-9 names a message that is not read; outside a storage nothing else says what it is",
        "MSH-9が読み取り対象外のメッセージ型であるため読み取らなかった（ストレージ外のメッセージ）";
    CANCEL = "SSMIX-CANCEL", Error,
        "outside a storage: something takes back what this delivery does not hold, or does not name without \
         doubt (by visit, time or order number), or a whole patient; nothing was removed, so what it takes \
         back may stand; deliver the storage",
        "取消の対象が納品内にない、受診・日時・オーダ番号で一意に定まらない、または患者全体の削除であるため反映しなかった（ストレージ外のメッセージ）。取り消された内容が残ることがある。ストレージで提出すること";
    ORDER_TWICE = "SSMIX-ORDER-TWICE", Warning,
        "outside a storage: orders of drugs were requested (OMP, ORM) and came encoded (RDE) under the same \
         number; a message that requests nothing else was not read, one that does was, so that its orders may \
         stand twice",
        "同じオーダ番号の薬剤オーダが依頼（OMP・ORM）と構造化オーダ（RDE）の両方で届いた（ストレージ外のメッセージ）。全オーダが重複する依頼は読み取らず、一部のみ重複する依頼は読み取ったため二重となることがある";
    DOSE = "SSMIX-DOSE", Note,
        "ORM^O01 does not say whether RXO-2 is the amount of one administration or of a day; the row stands \
         without a dose",
        "ORM^O01のRXO-2が1回量か1日量か判別できないため、用量は空欄とした";
    TAKEN_BACK = "SSMIX-TAKEN-BACK", Note,
        "outside a storage: a later message takes this one back, or this one takes back another, a plan or \
         an attending doctor; no row was made of it",
        "後のメッセージで取り消された、または取消のメッセージ自体である（ストレージ外のメッセージ）。行を作成しなかった";
    PID_NUMBER = "SSMIX-PID-NUMBER", Quarantine,
        "PID-3 holds no patient number, and there is no folder that would; the message was set \
         aside",
        "PID-3に患者IDがなく、患者を確認できないため保留した";
    NOT_HL7 = "SSMIX-NOT-HL7", Quarantine,
        "the file is not an HL7 message",
        "HL7メッセージでないため保留した";
    MSH_MISSING = "SSMIX-MSH-MISSING", Quarantine,
        "the message does not begin with MSH, so its separators are unknown",
        "MSHセグメントがなく区切り文字を確認できないため保留した";
    SEPARATORS = "SSMIX-SEPARATORS", Quarantine,
        "the separators stated in MSH cannot be used: they repeat, are missing, or are letters \
         or digits",
        "MSHの区切り文字が重複・欠落・英数字のため読み取れず保留した";
    ENCODING = "SSMIX-ENCODING", Warning,
        "the message is not in ISO-2022-JP; it was read as UTF-8 or, where it is none, as CP932",
        "文字コードがISO-2022-JPでない。UTF-8または CP932 として読み取った";
    ESCAPE = "SSMIX-ESCAPE", Warning,
        "a line ends inside double-byte text: the escape back to ASCII is missing; the line's \
         end was believed",
        "2バイト文字の終了エスケープがないまま行が終わっている。行末で終了したものとして読み取った";
    BYTES = "SSMIX-BYTES", Warning,
        "the message holds bytes that are no character; they were replaced by U+FFFD",
        "文字として読めないバイトがあり、U+FFFDに置き換えた";
    CHARACTER = "SSMIX-CHARACTER", Note,
        "the message holds half-width kana or JIS X 0212 characters, which the storage does not \
         allow",
        "標準化ストレージで認められない半角カナまたはJIS補助漢字が含まれる";
    NUL = "SSMIX-NUL", Warning,
        "the message holds NUL bytes",
        "NULバイトが含まれる";
    LINE_END = "SSMIX-LINE-END", Note,
        "segments end with LF instead of CR",
        "セグメントの終わりがCRでなくLFである";
    TRUNCATED = "SSMIX-TRUNCATED", Warning,
        "the last segment has no end (CR), and lacks what it must have or stands among messages that \
         have it; the message may be cut short: compare it with the sender's",
        "最後のセグメントが終端（CR）で終わらず、必須項目が欠けているか、同じ患者の他のメッセージには終端がある。途中で切れていないか送信元と照合すること";
    UNTERMINATED = "SSMIX-UNTERMINATED", Note,
        "the last segment is whole but for its end (CR), as in all messages of this patient or in \
         text with LF between lines; it was read",
        "最後のセグメントに終端（CR）がないが、内容は揃っている（同じ患者の全メッセージが同様、またはLF区切り）。読み取った";
    SEGMENT_LENGTH = "SSMIX-SEGMENT-LENGTH", Error,
        "a segment is longer than any real one and was not read",
        "想定を超えて長いセグメントがあるため読み取らなかった";
    MESSAGE_TYPE = "SSMIX-MESSAGE-TYPE", Warning,
        "MSH-9 differs from what the data type in the file name (or the line of the transaction store) needs; \
         that was believed",
        "MSH-9のメッセージ型がデータ種別と一致しない。ファイル名（またはトランザクションストレージのヘッダ行）のデータ種別に従った";
    PID_MISSING = "SSMIX-PID-MISSING", Quarantine,
        "the message has no PID segment, so its patient cannot be confirmed",
        "PIDセグメントがなく患者を確認できないため保留した";
    PID_FOLDER = "SSMIX-PID-FOLDER", Quarantine,
        "the patient number in PID-3 differs from the patient folder (or the line of the transaction store); \
         reading it could give one patient another's records",
        "PID-3の患者IDが患者フォルダ（またはトランザクションストレージのヘッダ行）と異なり、別人の記録を混同するおそれがあるため保留した";
    PATIENT_CONFLICT = "SSMIX-PATIENT-CONFLICT", Quarantine,
        "birth date or sex differs from the patient's ADT-00 (or, where there is none, between \
         messages); the message \
         was set aside",
        "生年月日または性別がADT-00と（ADT-00がない場合はメッセージ間で）異なるため保留した";
    BIRTH = "SSMIX-BIRTH", Warning,
        "the birth date is no date",
        "生年月日が日付として読めない";
    SEX = "SSMIX-SEX", Warning,
        "the sex is none of M, F, O, U and was read as unknown",
        "性別がM・F・O・U以外のため不明とした";
    DATE = "SSMIX-DATE", Warning,
        "a date is none and was left out",
        "日付として読めない値があり、空欄とした";
    NUMBER = "SSMIX-NUMBER", Warning,
        "a numeric result or amount is no number; the row stands without it, a result as text",
        "数値として読めない値がある。検査結果は文字として、その他は空欄として記録した";
    VALUE_TYPE = "SSMIX-VALUE-TYPE", Warning,
        "a result has a value type that is not read; the row stands without the value",
        "読み取り対象外の値型（OBX-2）の結果がある。値は空欄とした";
    CODE_MISSING = "SSMIX-CODE-MISSING", Error,
        "a record has neither code nor name and made no row",
        "コードも名称もないため行を作成しなかった";
    CODE_SYSTEM = "SSMIX-CODE-SYSTEM", Note,
        "a code is not of the system it names (a claim code labelled HOT9); the system was \
         corrected",
        "コードが表記されたコード体系のものでない（HOT9と書かれたレセプト電算コード等）。体系を補正した";
    CODE_LENGTH = "SSMIX-CODE-LENGTH", Note,
        "a JLAC10 code has not 17 characters; it was kept as it is",
        "JLAC10コードが17桁でない。そのまま記録した";
    PLANNED = "SSMIX-PLANNED", Note,
        "the message tells of a plan (ADT-21, ADT-41, ADT-51) and makes no row",
        "予定のメッセージ（ADT-21・ADT-41・ADT-51）のため行を作成しなかった";
    SEGMENT_UNKNOWN = "SSMIX-SEGMENT-UNKNOWN", Warning,
        "a segment that is not of the storage was not read",
        "標準化ストレージにないセグメントのため読み取らなかった";
}
