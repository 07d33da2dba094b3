//! The English samples.

use throughline_core::ticket::Priority;

use super::super::{Letter, Person, Sample};

const MAYA: Person = Person {
    name: "Maya Lindqvist",
    address: "maya.lindqvist@northwind-books.example",
    language: "en",
};
const TOM: Person =
    Person { name: "Tom Achebe", address: "tom@achebe-design.example", language: "en" };
const PRIYA: Person =
    Person { name: "Priya Raman", address: "priya.raman@lumen-clinic.example", language: "en" };

/// See the module.
pub const SAMPLES: &[Sample] = &[
    Sample {
        key: "en-invoice",
        person: MAYA,
        subject: "Invoice 2291 was charged twice",
        letters: &[
            Letter {
                hours_ago: 190,
                text: "Hello,\n\
             \n\
             our card was charged twice for invoice 2291, on Monday and again on Wednesday.\n\
             The amounts are the same. Could you refund one of them?\n\
             \n\
             Kind regards,\n\
             Maya Lindqvist\n\
             Northwind Books",
                file: None,
            },
            Letter {
                hours_ago: 166,
                text: "Hi,\n\
             \n\
             the bank sent me this list. Lines 3 and 7 are the ones.\n\
             \n\
             Maya",
                file: Some((
                    "card-november.csv",
                    "date,amount,text\n\
             2026-11-02,149.00,INVOICE 2291\n\
             2026-11-04,149.00,INVOICE 2291\n\
             ",
                )),
            },
            Letter {
                hours_ago: 30,
                text: "The refund has arrived. Thank you for the quick help!\n\
             \n\
             Maya",
                file: None,
            },
        ],
        tags: &["billing", "refund"],
        note: Some(
            "Confirmed with the payment provider: second charge was a retry. Refunded 149.00.",
        ),
        status: Some("resolved"),
        priority: Priority::Normal,
    },
    Sample {
        key: "en-slow",
        person: MAYA,
        subject: "Search is slow this morning",
        letters: &[Letter {
            hours_ago: 20,
            text: "Good morning,\n\
             \n\
             since about nine o'clock each search takes ten seconds or more.\n\
             Is something going on?\n\
             \n\
             Maya",
            file: None,
        }],
        tags: &["performance"],
        note: None,
        status: None,
        priority: Priority::High,
    },
    Sample {
        key: "en-export",
        person: TOM,
        subject: "How do I export all my projects?",
        letters: &[
            Letter {
                hours_ago: 75,
                text: "Hi there,\n\
             \n\
             I am moving to a new laptop and want a copy of everything.\n\
             Is there a button that exports all projects at once?\n\
             \n\
             Cheers,\n\
             Tom",
                file: None,
            },
            Letter {
                hours_ago: 70,
                text: "Found it under Settings, Data. But the file stops at 500 rows, and I have 731.\n\
             \n\
             Tom",
                file: None,
            },
        ],
        tags: &["how-to", "export"],
        note: Some(
            "The old exporter stops at 500 rows. Fixed in the next release; until then send him the full file by hand.",
        ),
        status: None,
        priority: Priority::Normal,
    },
    Sample {
        key: "en-login",
        person: TOM,
        subject: "Cannot sign in after changing my e-mail address",
        letters: &[
            Letter {
                hours_ago: 9,
                text: "Hello,\n\
             \n\
             I changed my address from tom@oldstudio.example to this one yesterday.\n\
             Now neither of them lets me in. I have a client meeting at three, so this is urgent.\n\
             \n\
             Tom Achebe",
                file: None,
            },
            Letter {
                hours_ago: 8,
                text: "It still says \"unknown address\". I have tried two browsers.\n\
             \n\
             Tom",
                file: None,
            },
        ],
        tags: &["sign-in"],
        note: None,
        status: None,
        priority: Priority::Urgent,
    },
    Sample {
        key: "en-thanks",
        person: TOM,
        subject: "Thank you",
        letters: &[Letter {
            hours_ago: 400,
            text: "Just wanted to say that the new dark theme is lovely. My eyes thank you.\n\
             \n\
             Tom",
            file: None,
        }],
        tags: &["praise"],
        note: None,
        status: Some("resolved"),
        priority: Priority::Low,
    },
    Sample {
        key: "en-privacy",
        person: PRIYA,
        subject: "Where is our data stored?",
        letters: &[
            Letter {
                hours_ago: 120,
                text: "Dear team,\n\
             \n\
             before we can sign, our data protection officer needs to know in which country\n\
             the data is stored, who can read it, and how long backups are kept.\n\
             \n\
             Best wishes,\n\
             Dr Priya Raman\n\
             Lumen Clinic",
                file: None,
            },
            Letter {
                hours_ago: 96,
                text: "One more question from the same person: is there an audit log that we can read ourselves?\n\
             \n\
             Priya Raman",
                file: None,
            },
        ],
        tags: &["security", "sales"],
        note: Some("Sent her the data sheet. She decides by the end of the month."),
        status: Some("waiting"),
        priority: Priority::High,
    },
    Sample {
        key: "en-seats",
        person: PRIYA,
        subject: "Two more seats from January",
        letters: &[Letter {
            hours_ago: 50,
            text: "Hello,\n\
             \n\
             we are growing! Please add two seats to our plan from 1 January and send the invoice to\n\
             accounts@lumen-clinic.example.\n\
             \n\
             Priya Raman",
            file: None,
        }],
        tags: &["billing"],
        note: None,
        status: None,
        priority: Priority::Normal,
    },
];
