//! `kontor doctor` on the embedded engines.

use anyhow::Result;
use e2e::shop::Shop;

use crate::Tested;

/// Whether all was well, and what was said.
pub async fn examine(shop: &Shop) -> Result<(bool, String)> {
    let output = shop.command(&["doctor"]).await?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Ok((output.status.success(), said))
}

/// Lines about what is wrong, but for a filesystem in memory: tests may well keep their folders there.
fn wrong(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.starts_with("  wrong") && !line.contains("filesystem: it is in memory")).collect()
}

#[tokio::test]
async fn a_healthy_data_folder_is_well_before_its_first_start_while_it_serves_and_afterwards() -> Tested {
    let shop = Shop::new()?;
    let (_, said) = examine(&shop).await?;
    assert!(wrong(&said).is_empty() && said.contains("ok       folder: not there yet"), "{said}");
    let running = shop.open().await?;
    let (_, serving) = examine(&shop).await?;
    running.stop().await?;
    let (_, after) = examine(&shop).await?;
    for said in [serving, after] {
        assert!(
            wrong(&said).is_empty() && said.contains("ok       durability: journal_mode=wal, synchronous=FULL"),
            "{said}"
        );
        assert!(said.contains("ok       databases: 3 files, each with a write-ahead log"), "{said}");
    }
    // It leaves nothing behind.
    let left =
        std::fs::read_dir(shop.data())?.flatten().any(|entry| entry.file_name().to_string_lossy().contains("doctor"));
    assert!(!left);
    Ok(())
}

#[tokio::test]
async fn a_damaged_database_and_a_file_in_the_folders_place_are_named() -> Tested {
    let shop = Shop::new()?;
    shop.open().await?.stop().await?;
    std::fs::write(shop.data().join("sql/sales.sqlite"), "it was one once, and is none any more")?;
    let (well, said) = examine(&shop).await?;
    assert!(!well && wrong(&said).iter().any(|line| line.contains("sales.sqlite: is no database any more")), "{said}");
    assert!(said.contains("mend: stop Kontor and put these files back from a backup"), "{said}");

    let file = shop.root().join("a-file");
    std::fs::write(&file, "")?;
    let (well, said) = examine(&Shop::new()?.keep_data_in(&file)).await?;
    assert!(!well && said.contains("a-file is no folder") && said.contains("--data FOLDER"), "{said}");
    Ok(())
}

/// A folder in memory that every Linux has.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_in_memory_is_named() -> Tested {
    let (well, said) = examine(&Shop::new()?.keep_data_in(std::path::Path::new("/dev/shm/kontor-data"))).await?;
    assert!(!well && said.contains("wrong    filesystem: it is in memory"), "{said}");
    Ok(())
}
