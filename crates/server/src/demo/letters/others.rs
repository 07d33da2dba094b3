//! One customer each who writes Arabic, German and Japanese.

use throughline_core::ticket::Priority;

use super::super::{Letter, Person, Sample};

const OMAR: Person =
    Person {
        name: "عمر الحداد", address: "omar.haddad@souq-alsham.example", language: "ar"
    };
const HANNA: Person = Person {
    name: "Hanna Größler",
    address: "hanna.groessler@werkstatt-nord.example",
    language: "de",
};
const YUKI: Person =
    Person { name: "田中 由紀", address: "yuki.tanaka@hanaya.example", language: "ja" };

/// See the module.
pub const SAMPLES: &[Sample] = &[
    Sample {
        key: "ar-fatura",
        person: OMAR,
        subject: "طلب نسخة من الفاتورة",
        letters: &[
            Letter {
                hours_ago: 65,
                text: "السلام عليكم،\n\
             \n\
             أحتاج إلى نسخة من فاتورة شهر أكتوبر باسم الشركة الجديد: سوق الشام للتجارة.\n\
             هل يمكن إرسالها اليوم؟\n\
             \n\
             مع الشكر\n\
             عمر الحداد",
                file: None,
            },
            Letter {
                hours_ago: 61,
                text: "وصلت الفاتورة، لكن الرقم الضريبي ناقص. أرجو التعديل.\n\
             \n\
             عمر",
                file: None,
            },
        ],
        tags: &["billing"],
        note: None,
        status: None,
        priority: Priority::Normal,
    },
    Sample {
        key: "ar-shahn",
        person: OMAR,
        subject: "تأخر الشحنة",
        letters: &[Letter {
            hours_ago: 13,
            text: "مرحباً،\n\
             \n\
             الشحنة رقم ٧٧٢٠ متأخرة منذ أسبوع. متى تصل؟\n\
             \n\
             عمر الحداد",
            file: None,
        }],
        tags: &["shipping"],
        note: None,
        status: None,
        priority: Priority::High,
    },
    Sample {
        key: "de-drucker",
        person: HANNA,
        subject: "Lieferschein lässt sich nicht drucken",
        letters: &[
            Letter {
                hours_ago: 39,
                text: "Guten Tag,\n\
             \n\
             seit gestern bleibt die Druckvorschau der Lieferscheine weiß. Rechnungen gehen.\n\
             Bei uns stehen zwölf Pakete in der Halle und warten auf Papiere.\n\
             \n\
             Mit freundlichen Grüßen\n\
             Hanna Größler\n\
             Werkstatt Nord",
                file: None,
            },
            Letter {
                hours_ago: 37,
                text: "Nachtrag: In Firefox geht es, in Chrome nicht. Damit kommen wir über den Tag.\n\
             \n\
             H. Größler",
                file: None,
            },
        ],
        tags: &["bug", "print"],
        note: Some("Liegt an der neuen Schriftart in der Vorschau; Entwicklung weiß Bescheid."),
        status: None,
        priority: Priority::High,
    },
    Sample {
        key: "de-kuendigung",
        person: HANNA,
        subject: "Kündigung des zweiten Zugangs",
        letters: &[Letter {
            hours_ago: 250,
            text: "Guten Tag,\n\
             \n\
             bitte kündigen Sie unseren zweiten Zugang zum Monatsende und bestätigen Sie mir das kurz.\n\
             \n\
             Hanna Größler",
            file: None,
        }],
        tags: &["billing"],
        note: None,
        status: Some("resolved"),
        priority: Priority::Normal,
    },
    Sample {
        key: "ja-henpin",
        person: YUKI,
        subject: "返品についてのお問い合わせ",
        letters: &[
            Letter {
                hours_ago: 58,
                text: "お世話になっております。花屋の田中です。\n\
             \n\
             先週届いた花瓶が一つ割れていました。交換をお願いできますでしょうか。\n\
             注文番号は 5512 です。\n\
             \n\
             田中 由紀",
                file: None,
            },
            Letter {
                hours_ago: 35,
                text: "早速のご対応ありがとうございます。交換品を待っております。\n\
             \n\
             田中",
                file: None,
            },
        ],
        tags: &["shipping", "refund"],
        note: Some("交換品を発送済み。到着予定は木曜日。"),
        status: Some("waiting"),
        priority: Priority::Normal,
    },
    Sample {
        key: "ja-ryoshu",
        person: YUKI,
        subject: "領収書の宛名変更",
        letters: &[Letter {
            hours_ago: 4,
            text: "いつもお世話になっております。\n\
             \n\
             領収書の宛名を「有限会社はなや」に変更していただけますか。\n\
             \n\
             田中 由紀",
            file: None,
        }],
        tags: &["billing"],
        note: None,
        status: None,
        priority: Priority::Low,
    },
];
