//! The Persian samples.

use throughline_core::ticket::Priority;

use super::super::{Letter, Person, Sample};

const SARA: Person =
    Person {
        name: "سارا محمدی", address: "sara.mohammadi@ketabsara.example", language: "fa"
    };
const REZA: Person =
    Person { name: "رضا کریمی", address: "reza.karimi@payam.example", language: "fa" };
const NILO: Person =
    Person {
        name: "نیلوفر احمدی", address: "niloofar@bagh-studio.example", language: "fa"
    };

/// See the module.
pub const SAMPLES: &[Sample] = &[
    Sample {
        key: "fa-pardakht",
        person: SARA,
        subject: "پرداخت انجام شد ولی سفارش ثبت نشد",
        letters: &[
            Letter {
                hours_ago: 110,
                text: "سلام،\n\
             \n\
             دیروز مبلغ ۲۵۰۰۰۰ تومان پرداخت کردم ولی سفارش من ثبت نشده است.\n\
             شمارهٔ پیگیری بانک ۸۸۴۱۲۰ است. لطفاً بررسی کنید.\n\
             \n\
             با احترام\n\
             سارا محمدی",
                file: None,
            },
            Letter {
                hours_ago: 80,
                text: "سلام دوباره،\n\
             \n\
             بانک می‌گوید پول از حساب من کم شده و به حساب شما رسیده است. می‌خواهم کتاب‌ها تا آخر هفته برسد.\n\
             \n\
             سارا",
                file: None,
            },
        ],
        tags: &["پرداخت", "billing"],
        note: Some("پرداخت در درگاه پیدا شد؛ سفارش دستی ثبت شد."),
        status: Some("waiting"),
        priority: Priority::High,
    },
    Sample {
        key: "fa-ketab",
        person: SARA,
        subject: "تغییر نشانی ارسال",
        letters: &[Letter {
            hours_ago: 44,
            text: "سلام،\n\
             \n\
             نشانی فروشگاه ما عوض شده است. لطفاً سفارش‌های بعدی را به خیابان انقلاب، پلاک ۱۲ بفرستید.\n\
             \n\
             کتاب‌سرا",
            file: None,
        }],
        tags: &["shipping"],
        note: None,
        status: None,
        priority: Priority::Normal,
    },
    Sample {
        key: "fa-app",
        person: REZA,
        subject: "برنامه روی گوشی باز نمی‌شود",
        letters: &[
            Letter {
                hours_ago: 16,
                text: "با سلام\n\
             \n\
             بعد از به‌روزرسانی، برنامه روی گوشی من باز نمی‌شود و بلافاصله بسته می‌شود.\n\
             گوشی من اندروید ۱۳ است.\n\
             \n\
             رضا کریمی",
                file: None,
            },
            Letter {
                hours_ago: 12,
                text: "یک بار حذف و دوباره نصب کردم، باز هم نمی‌شود.\n\
             \n\
             رضا",
                file: None,
            },
        ],
        tags: &["app", "bug"],
        note: None,
        status: None,
        priority: Priority::Urgent,
    },
    Sample {
        key: "fa-fonts",
        person: NILO,
        subject: "فونت فارسی در خروجی PDF",
        letters: &[
            Letter {
                hours_ago: 220,
                text: "سلام و خسته نباشید،\n\
             \n\
             در خروجی PDF حرف‌های «ی» و «ک» از هم جدا چاپ می‌شوند. یک نمونه پیوست کرده‌ام.\n\
             \n\
             نیلوفر احمدی\n\
             استودیو باغ",
                file: Some((
                    "nemune.csv",
                    "متن,خروجی\n\
             کتاب,ک ت ا ب\n\
             ",
                )),
            },
            Letter {
                hours_ago: 200,
                text: "ممنون، با فونت تازه درست شد.\n\
             \n\
             نیلوفر",
                file: None,
            },
        ],
        tags: &["bug", "pdf"],
        note: Some("فونت پیش‌فرض را عوض کردیم."),
        status: Some("resolved"),
        priority: Priority::Normal,
    },
    Sample {
        key: "fa-takhfif",
        person: NILO,
        subject: "کد تخفیف کار نمی‌کند",
        letters: &[Letter {
            hours_ago: 7,
            text: "سلام،\n\
             \n\
             کد تخفیفی که برایم فرستاده بودید را وارد می‌کنم ولی می‌گوید منقضی شده است. امروز روز آخر آن است.\n\
             \n\
             نیلوفر",
            file: None,
        }],
        tags: &["billing"],
        note: None,
        status: None,
        priority: Priority::Normal,
    },
];
