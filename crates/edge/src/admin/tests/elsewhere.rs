//! Programs on other machines, and what is read of whom.

use super::*;

/// A desk that programs elsewhere reach as `admin.shop.example`, with tokens of these scopes; each is named like its scope.
async fn reached_from_elsewhere(scopes: &[&str]) -> Desk {
    let mut desk = Desk::new(&[]).await;
    Arc::get_mut(&mut desk.admin).unwrap().name = Some("admin.shop.example".into());
    let identity = |scope: &str| Arc::new(kontor_host::Identity { name: "ci".into(), scopes: vec![scope.into()] });
    desk.admin.tokens.replace(scopes.iter().map(|scope| (crate::tokens::hash(scope), identity(scope))));
    desk
}

#[tokio::test]
async fn from_elsewhere_nothing_goes_without_a_token_for_it() {
    let desk = reached_from_elsewhere(&["functions:deploy", "functions:read", "*"]).await;
    let order = "/api/functions/hello/rollback";
    for (method, path, token, expected) in [
        (Method::GET, "/healthz", None, 200),
        (Method::GET, "/api/overview", None, 401),
        (Method::GET, "/metrics", None, 401),
        (Method::GET, "/", Some("*"), 401),
        (Method::GET, "/api/overview", Some("functions:read"), 200),
        (Method::GET, "/api/functions", Some("functions:deploy"), 200),
        (Method::POST, order, None, 401),
        (Method::POST, order, Some("wrong"), 401),
        (Method::POST, order, Some("*"), 401),
        (Method::POST, order, Some("functions:read"), 403),
        (Method::POST, order, Some("functions:deploy"), 404),
        (Method::POST, order, Some("the key"), 404),
        (Method::POST, "/api/functions/hello/grants", Some("functions:deploy"), 401),
        (Method::GET, "/api/tokens", Some("functions:deploy"), 401),
        (Method::GET, "/api/functions/hello/logs", Some("functions:deploy"), 403),
        (Method::GET, "/api/functions/hello/logs", Some("functions:read"), 404),
    ] {
        let from = |host: &str, header: (&str, &str)| {
            let request = Request::builder().method(method.clone()).uri(path).header(header::HOST, host);
            let request = request.header(header.0, header.1);
            match token {
                Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
                None => request,
            }
        };
        for (host, header) in
            [("admin.shop.example", ("accept", "*/*")), ("localhost:8080", ("x-forwarded-for", "127.0.0.1"))]
        {
            let (status, text) = desk.send(from(host, header), "").await;
            assert_eq!(status.as_u16(), expected, "{method} {path} {token:?} at {host}: {text}");
        }
    }
    let (status, _) = desk.send(Request::builder().uri("/healthz").header(header::HOST, "other.example"), "").await;
    assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "a name of our own opens no other");
}

#[tokio::test]
async fn a_body_is_read_only_of_who_may_send_it() {
    let desk = reached_from_elsewhere(&["functions:deploy", "*"]).await;
    for (method, path, token, most) in [
        (Method::POST, "/api/functions", None, None),
        (Method::POST, "/api/functions", Some("wrong"), None),
        (Method::POST, "/api/functions", Some("*"), None),
        (Method::POST, "/api/functions", Some("functions:deploy"), Some(COMPONENT_MAX_BYTES)),
        (Method::POST, "/api/functions", Some("the key"), Some(COMPONENT_MAX_BYTES)),
        (Method::POST, "/api/tokens", Some("the key"), Some(ORDER_MAX_BYTES)),
        (Method::POST, "/api/tokens", None, None),
        (Method::GET, "/api/functions", Some("the key"), None),
    ] {
        let mut request = Request::builder().method(method.clone()).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(guard::body_max_bytes(&desk.admin, &head), most, "{method} {path} {token:?}");
    }
}
