//! Tokens of services.

use kontor_data::{Engine, RegistryError, Token};

use crate::server::Home;

fn token(name: &str) -> Token {
    Token {
        name: name.into(),
        hash: [7; 32],
        scopes: vec!["sales:reset".into(), "invoices:read".into()],
        created_us: 5,
        revoked_us: None,
    }
}

#[tokio::test]
async fn a_token_is_kept_once_and_revoked_once() {
    let home = Home::make().await;
    let registry = home.engine().registry();
    registry.add_token(token("till")).await.unwrap();
    assert!(matches!(registry.add_token(token("till")).await, Err(RegistryError::Exists(_))));
    drop(registry);
    let registry = home.engine().registry();
    assert_eq!(registry.tokens().await.unwrap(), [token("till")]);
    assert!(registry.revoke_token("till", 9).await.unwrap());
    assert!(!registry.revoke_token("till", 9).await.unwrap());
    assert_eq!(registry.tokens().await.unwrap()[0].revoked_us, Some(9));
    registry.add_token(token("till")).await.unwrap();
    assert_eq!(registry.tokens().await.unwrap()[0].revoked_us, None);
}
