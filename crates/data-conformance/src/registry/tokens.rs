//! Tokens of services.

use kontor_data::{Engine, RegistryError, Token};

use crate::Stand;

fn token(name: &str) -> Token {
    Token {
        name: name.into(),
        hash: [7; 32],
        scopes: vec!["sales:reset".into(), "invoices:read".into()],
        created_us: 5,
        revoked_us: None,
    }
}

pub async fn a_token_is_kept_once_and_revoked_once(stand: &Stand<dyn Engine>) {
    let engine = stand.engine().await;
    engine.registry().add_token(token("till")).await.unwrap();
    let twice = engine.registry().add_token(token("till")).await;
    assert!(matches!(twice, Err(RegistryError::Exists(name)) if name == "till"));
    drop(engine);
    let registry = stand.engine().await.registry();
    assert_eq!(registry.tokens().await.unwrap(), [token("till")]);
    assert!(registry.revoke_token("till", 9).await.unwrap());
    assert!(!registry.revoke_token("till", 10).await.unwrap());
    assert!(!registry.revoke_token("other", 9).await.unwrap());
    assert_eq!(registry.tokens().await.unwrap()[0].revoked_us, Some(9));
    registry.add_token(Token { created_us: 11, ..token("till") }).await.unwrap();
    registry.add_token(token("kiosk")).await.unwrap();
    let again = Token { created_us: 11, ..token("till") };
    assert_eq!(registry.tokens().await.unwrap(), [token("kiosk"), again]);
}
