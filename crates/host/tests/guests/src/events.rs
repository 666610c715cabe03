//! What happens with an event: its payload says it, or the version of the function. What is due does what it is called.

use crate::{Retry, kontor::function::events::Event, sql};

pub fn take(event: &Event) -> Result<(), Retry> {
    let note = format!("{}/{}/{}/{}/{}", event.source, event.name, event.key, event.payload, event.attempt);
    match crate::manifest::version().as_str() {
        "traps" => panic!("this version traps at every event"),
        "hangs" => loop {
            std::hint::black_box(0);
        },
        _ => {}
    }
    match event.payload.trim_matches('"') {
        "trap" => panic!("the event traps"),
        "loop" => loop {
            std::hint::black_box(0);
        },
        "fail" => return Err(Retry::Failed("it fails".to_owned())),
        "fail-once" if event.attempt == 1 => return Err(Retry::Failed("the first time it fails".to_owned())),
        "unavailable-until-noted" => {
            let notes = sql::notes().map_err(|error| Retry::Unavailable(format!("{error:?}")))?;
            if !notes.iter().any(|note| note == "now") {
                return Err(Retry::Unavailable("not yet".to_owned()));
            }
        }
        _ => {}
    }
    sql::insert(&note, Vec::new()).map_err(|error| Retry::Unavailable(format!("{error:?}")))?;
    Ok(())
}

pub fn due(name: &str, time: i64) -> Result<(), Retry> {
    let notes = sql::notes().map_err(|error| Retry::Unavailable(format!("{error:?}")))?;
    sql::insert(&format!("{name}@{time}"), Vec::new()).map_err(|error| Retry::Unavailable(format!("{error:?}")))?;
    match name {
        "traps" => panic!("the schedule traps"),
        "fails-once" if notes.is_empty() => Err(Retry::Failed("the first time it fails".to_owned())),
        "waits" => {
            crate::misdeeds::sleep(600_000);
            Ok(())
        }
        _ => Ok(()),
    }
}
