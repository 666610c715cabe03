//! Long answers: at the reader's pace, and properly ended or not at all.

use futures_util::StreamExt;
use kontor_host::{Answer, CallError, Limits, Streaming};

use crate::setup::{House, house, house_with, until};

async fn stream(house: &House, version: &std::sync::Arc<kontor_host::Version>, path: &str) -> Streaming {
    match house.call(version, path).await.unwrap() {
        Answer::Streaming(streaming) => streaming,
        Answer::Whole(response) => panic!("{path} gave {response:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_arrives_in_order_and_whole() {
    let (house, version) = house().await;
    for chunks in [0, 1, 2, 200] {
        let streaming = stream(&house, &version, &format!("/stream?{chunks}")).await;
        assert_eq!(streaming.status, 201);
        assert_eq!(streaming.headers, [("x-kind".to_owned(), "stream".to_owned())]);
        let items: Vec<_> = streaming.body.collect().await;
        assert_eq!(items.len(), chunks);
        for (index, item) in items.into_iter().enumerate() {
            let chunk = item.unwrap();
            assert_eq!(chunk.len(), 64 << 10);
            assert_eq!(chunk[0], b'0' + (index % 10) as u8);
        }
    }
    assert_eq!(house.host.in_flight().get(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_slows_the_function_down() {
    let (house, version) = house().await;
    // More than any instance may hold: if the function ran ahead of its reader, its memory would not suffice.
    let mut streaming = stream(&house, &version, "/stream?4000").await;
    assert!(streaming.body.next().await.unwrap().is_ok());
    assert_eq!(version.pool().in_flight, 1, "it waits for the reader");
    drop(streaming);
    until("the call is over", || async { version.pool().in_flight == 0 }).await;
    assert_eq!(house.host.in_flight().get(), 0);
    assert_eq!(house.text(&version, "/ok").await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_not_finished_is_broken_off() {
    let (house, version) = house().await;
    for chunks in [0, 3] {
        let streaming = stream(&house, &version, &format!("/stream-unfinished?{chunks}")).await;
        let items: Vec<_> = streaming.body.collect().await;
        assert_eq!(items.len(), chunks + 1);
        assert!(matches!(items.last().unwrap(), Err(CallError::BadResponse(_))));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deadline_holds_for_long_answers_too() {
    let limits = Limits { deadline: std::time::Duration::from_millis(300), ..Limits::default() };
    let (house, version) = house_with(limits).await;
    let mut streaming = stream(&house, &version, "/stream?4000").await;
    tokio::time::timeout(std::time::Duration::from_secs(60), async {
        loop {
            // A reader that comes rarely.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            match streaming.body.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => break assert!(matches!(error, CallError::Deadline(_)), "{error}"),
                None => panic!("it ended as if it were whole"),
            }
        }
    })
    .await
    .unwrap();
    assert!(streaming.body.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_begins_once() {
    let (house, version) = house().await;
    let streaming = stream(&house, &version, "/stream-twice").await;
    assert!(matches!(streaming.body.collect::<Vec<_>>().await.last().unwrap(), Err(CallError::BadResponse(_))));
}
