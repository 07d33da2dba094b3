//! Each format with a log of its own.

use throughline_core::call::{Call, DstPolicy, NumberKind, TimeQuality, group};
use throughline_ingest::phone::{self, Settings};

use super::{legs, rejected, rows, settings, source, told};

const ASTERISK: &[u8] = include_bytes!("asterisk_21.csv");
const WIDTHS: &[u8] = include_bytes!("asterisk_widths.csv");
const FREEPBX: &[u8] = include_bytes!("freepbx.csv");
const FREESWITCH: &[u8] = include_bytes!("freeswitch.csv");
const FREESWITCH_JSON: &[u8] = include_bytes!("freeswitch.json");
const TWILIO: &[u8] = include_bytes!("twilio.json");
const CALLBACK: &[u8] = include_bytes!("twilio_callback.form");
const CEL: &[u8] = include_bytes!("cel.csv");

fn istanbul() -> Settings {
    let mut settings = settings("asterisk_csv");
    settings.time_zone = "Europe/Istanbul".to_owned();
    settings.region = "TR".to_owned();
    settings
}

#[test]
fn the_legs_of_asterisk_become_the_calls_of_customers() {
    let rows = rows(ASTERISK, istanbul());
    assert_eq!(rejected(&rows), [""; 0]);
    assert_eq!(
        told(&rows),
        [
            "2026-02-03T06:00:00Z inbound +905321112201 (Elif) missed talk 0 wait 7 ext 300 legs 1",
            "2026-02-03T06:10:00Z inbound +905321112202 (Deniz) answered talk 112 wait 8 ext 201 rec in-02.wav legs 1",
            "2026-02-03T06:20:00Z inbound +905321112203 (Can) busy talk 0 wait 10 ext 201 legs 1",
            "2026-02-03T06:30:00Z inbound +905321112204 (Ada) answered talk 60 wait 10 ext 210+201+202 legs 2",
            "2026-02-03T06:40:00Z inbound +905321112205 (Mert) answered talk 80 wait 10 ext 201+203 to 203 legs 2",
            "2026-02-03T06:50:00Z inbound +905321112206 (Ece) answered talk 95 wait 10 ext 201+203 to 203 legs 3",
            "2026-02-03T07:00:00Z inbound +905321112207 (Umut) answered talk 110 wait 10 ext 201+8500 to 8500 legs 3",
            "2026-02-03T07:10:00Z inbound +905321112208 (Naz) answered talk 100 wait 10 ext 201+203 to 203 legs 2",
            "2026-02-03T07:10:30Z internal nobody answered talk 10 wait 10 ext 201+203 legs 1",
        ]
    );
}

#[test]
fn a_master_csv_of_any_width_is_read_by_its_columns() {
    let rows = rows(WIDTHS, istanbul());
    assert_eq!(rejected(&rows), [""; 0]);
    let calls = group(legs(&rows));
    let keys: Vec<&str> = calls.iter().map(|call| call.key.as_str()).collect();
    assert_eq!(calls.len(), 6, "two rows are of one channel: {keys:?}");
    assert_eq!(keys[0].len(), 32, "without ids a row is named by what it says");
    assert_eq!(keys[1], "pbx-1770109260.3");
    assert_eq!(calls[2].legs[0].data["userfield"], "a note");
    assert_eq!((keys[3], calls[3].talk_seconds), ("1770109380.7", Some(40)));
    assert_eq!((keys[4], calls[4].legs[0].sequence), ("1770109440.10", Some(7)));
    assert_eq!(keys[5], "1770109500.12");
    for call in calls {
        let customer = call.customer.as_ref().and_then(|c| c.number.as_ref()).expect("a number");
        assert_eq!(customer.e164.as_deref(), Some("+905321112233"));
        assert_eq!(customer.raw, "05321112233");
        assert_eq!(call.extensions, ["101"]);
    }
}

#[test]
fn a_call_over_the_change_of_clocks_is_one_call_and_a_time_that_never_was_goes_by_the_policy() {
    let expected = [
        "2026-03-29T00:59:50Z inbound +491710000011 (Jana) answered talk 60 wait 15 ext 101 rec q-600.wav legs 2",
        "2026-03-29T01:10:00Z inbound anonymous abandoned talk 0 wait 42 legs 1",
        "2026-03-29T01:20:00Z outbound +491710000012 answered talk 20 wait 11 ext 102 rec out.wav legs 1",
    ];
    let refused = rows(FREEPBX, settings("freepbx"));
    assert_eq!(told(&refused), expected);
    let why = rejected(&refused).join("");
    assert!(
        why.starts_with("5: calldate: 2026-03-29 02:30:00 did not exist in Europe/Berlin"),
        "{why}"
    );
    for (dst, at) in [(DstPolicy::Earlier, "00:30"), (DstPolicy::Later, "01:30")] {
        let rows = rows(FREEPBX, Settings { dst, ..settings("freepbx") });
        assert_eq!(rejected(&rows), [""; 0]);
        let legs = legs(&rows);
        assert_eq!(legs[4].started.to_string(), format!("2026-03-29T{at}:00.000000Z"));
        assert_eq!(legs[4].time_quality, TimeQuality::ShiftedDst);
        assert!(legs[..4].iter().all(|leg| leg.time_quality == TimeQuality::Local));
    }
}

#[test]
fn freepbx_says_which_number_of_ours_it_was() {
    let rows = rows(FREEPBX, settings("freepbx"));
    let calls = group(legs(&rows));
    let ours = |call: &Call| call.our_number.as_ref().map(|n| (n.kind, n.e164.clone()));
    let own = Some((NumberKind::Own, Some("+4930555700".to_owned())));
    assert_eq!((ours(&calls[0]), ours(&calls[2])), (own.clone(), own));
    assert_eq!(
        (calls[0].queue.as_deref(), calls[0].answered_by.as_deref()),
        (Some("600"), Some("101"))
    );
    assert_eq!(calls[0].legs[0].data["note"], "vip", "a column that nobody knows is kept");
    assert_eq!(
        calls[1].customer.as_ref().and_then(|c| c.number.as_ref()).map(|n| n.kind),
        Some(NumberKind::Withheld)
    );
}

#[test]
fn freeswitch_rows_are_read_and_a_time_that_came_twice_goes_by_the_policy() {
    let expected = [
        "2026-10-24T23:25:44Z inbound +491710000011 (Jana) answered talk 68 wait 3 ext 1002 legs 1",
        "2026-10-25T11:00:00Z inbound +491710000012 (Kai \"the\" Boss) missed talk 0 wait 30 ext 1002 legs 1",
        "2026-10-25T12:00:00Z outbound +491710000013 cancelled talk 0 wait 5 ext 1003 legs 1",
    ];
    let refused = rows(FREESWITCH, settings("freeswitch_csv"));
    assert_eq!(told(&refused), expected);
    let why = rejected(&refused).join("");
    assert!(
        why.starts_with("4: start_stamp: 2026-10-25 02:30:00 came twice in Europe/Berlin"),
        "{why}"
    );
    for (dst, hour) in [(DstPolicy::Earlier, "00"), (DstPolicy::Later, "01")] {
        let legs = legs(&rows(FREESWITCH, Settings { dst, ..settings("freeswitch_csv") }));
        let leg = &legs[3];
        assert_eq!(leg.started.to_string(), format!("2026-10-25T{hour}:30:00.000000Z"));
        assert_eq!(
            leg.answered.map(|at| at.to_string()),
            Some(format!("2026-10-25T{hour}:30:05.000000Z"))
        );
        assert_eq!(leg.time_quality, TimeQuality::AmbiguousDst);
    }
}

#[test]
fn columns_of_a_template_may_be_named() {
    let text = "1|2026-01-05 10:00:00|+491710000011|101|30\n";
    let names = ["uuid", "start_stamp", "caller_id_number", "destination_number", "billsec"];
    let mut settings = settings("freeswitch_csv");
    assert!(
        rejected(&rows(text.as_bytes(), settings.clone())).join("").contains("name the columns")
    );
    settings.columns = names.map(str::to_owned).to_vec();
    let expected =
        "2026-01-05T09:00:00Z inbound +491710000011 answered talk 30 wait ? ext 101 legs 1";
    assert_eq!(told(&rows(text.as_bytes(), settings)), [expected]);
}

#[test]
fn both_records_of_a_bridge_in_json_are_one_call() {
    let rows = rows(FREESWITCH_JSON, Settings::of("freeswitch_json"));
    let expected = "2026-10-25T00:30:00.123456Z inbound +491710000011 (Jana Müller) answered \
                    talk 60 wait 4 ext 5000+1002 rec /rec/a1.wav legs 2";
    assert_eq!(told(&rows), [expected]);
    let why = rejected(&rows).join("");
    assert!(why.contains("3: start_stamp: 2026-10-25 02:30:00 has no offset"), "{why}");
    let calls = group(legs(&rows));
    assert_eq!(calls[0].hold_seconds, Some(12));
    assert_eq!(calls[0].hangup_cause.as_deref(), Some("NORMAL_CLEARING"));
    assert_eq!(calls[0].legs[0].data["hangup_cause_q850"], "16");
}

#[test]
fn twilio_calls_have_their_cost_and_their_children() {
    let rows = rows(TWILIO, Settings::of("twilio_calls"));
    assert_eq!(
        told(&rows),
        [
            "2026-10-25T08:00:01Z inbound +14155550101 (Rosa) answered talk 61 wait 0 legs 2",
            "2026-10-25T09:00:00Z outbound +14155550102 missed talk 0 wait 0 legs 1",
            "2026-10-25T09:05:00Z outbound +14155550103 voicemail talk 4 wait 0 legs 1",
        ]
    );
    assert_eq!(rejected(&rows), ["5: sid: it has none, so it is no call of Twilio's"]);
    let calls = group(legs(&rows));
    let cost = calls[0].cost.as_ref().expect("a cost");
    assert_eq!((cost.amount.as_str(), cost.currency.as_deref()), ("0.01250", Some("USD")));
}

#[test]
fn a_status_callback_is_the_same_leg_as_the_list_tells() {
    let source = source(Settings::of("twilio_calls"));
    let leg = phone::status_callback(CALLBACK, &source).expect("a leg");
    assert_eq!((leg.call.as_str(), leg.key.as_str()), ("CA09", "CA09"));
    assert_eq!(
        (leg.talk_seconds, leg.duration_seconds),
        (Some(61), Some(61)),
        "seconds, not minutes"
    );
    assert_eq!(leg.started.to_string(), "2026-10-25T08:00:01.000000Z");
    assert_eq!(leg.recordings, ["https://api.twilio.com/RE1"]);
    let text = String::from_utf8_lossy(CALLBACK)
        .replace("completed", "ringing")
        .replace("CallDuration", "X");
    let ringing = phone::status_callback(text.as_bytes(), &source).expect("a leg");
    assert_eq!(ringing.disposition.as_str(), "ongoing");
    assert!(leg.outdoes(&ringing));
    let bare = phone::status_callback(b"CallSid=CA1", &source).unwrap_err();
    assert_eq!(bare.field.as_deref(), Some("Timestamp"));
}

#[test]
fn events_of_channels_become_legs_when_their_call_is_over() {
    let rows = rows(CEL, settings("asterisk_cel"));
    assert_eq!(rejected(&rows), [""; 0]);
    assert_eq!(
        told(&rows),
        [
            "2026-02-03T09:00:00Z inbound +905321112201 (Elif) answered talk 30 wait 4 ext 300+201 legs 1",
            "2026-02-03T09:00:01.500000Z inbound +905321112202 (Can) busy talk 0 wait 9 ext 300 legs 1",
            "2026-02-03T09:01:40Z inbound +905321112203 (Ada) ongoing talk 0 wait ? ext 300 legs 1",
        ]
    );
    let complete: Vec<u64> = rows
        .iter()
        .filter(|row| row.result.as_ref().is_ok_and(|l| !l.is_empty()))
        .map(|row| row.number)
        .collect();
    assert_eq!(complete, [10, 14, 15], "the last is told by the end of the file");
}

#[test]
fn a_format_is_known_by_its_looks() {
    for (bytes, format, separator, header) in [
        (ASTERISK, "asterisk_csv", Some(','), false),
        (WIDTHS, "asterisk_csv", Some(','), false),
        (CEL, "asterisk_cel", Some(','), false),
        (FREEPBX, "freepbx", Some(','), true),
        (FREESWITCH, "freeswitch_csv", Some(','), false),
        (FREESWITCH_JSON, "freeswitch_json", None, false),
        (TWILIO, "twilio_calls", None, false),
    ] {
        let looks = phone::look(bytes);
        assert_eq!((looks.format, looks.separator), (Some(format), separator));
        assert_eq!(looks.has_header, header, "{format}");
        assert!(phone::named(format).is_some());
    }
    let looks = phone::look(ASTERISK);
    assert_eq!(looks.columns[1].name, "src");
    assert_eq!(looks.columns[1].samples[0], "+905321112201");
}
