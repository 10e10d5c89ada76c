use std::{
    fs::File,
    io::{Read, Seek},
    panic,
    sync::Arc,
};

use tracing_subscriber::{fmt, layer::SubscriberExt};

#[test]
fn a_panic_is_a_line_in_the_log_without_its_words() {
    let file = Arc::new(tempfile::tempfile().expect("a file"));
    let log = tracing_subscriber::registry().with(fmt::layer().json().with_writer(file.clone()));
    tracing::subscriber::with_default(log, || {
        super::log_panics();
        let caught = panic::catch_unwind(|| panic!("王建国 13800138000"));
        drop(panic::take_hook());
        assert!(caught.is_err());
    });
    let mut text = String::new();
    let mut file: &File = &file;
    file.rewind().expect("rewound");
    file.read_to_string(&mut text).expect("text");
    let line: serde_json::Value = serde_json::from_str(&text).expect("one line of JSON");
    assert_eq!(line["level"], "ERROR");
    let place = line["fields"]["place"].as_str().expect("a place");
    assert!(place.contains("serve/tests.rs:"), "{place}");
    assert!(
        !text.contains("13800138000") && !text.contains("王建国"),
        "{text}"
    );
}
