//! The disk is full: writes answer 503 until there is room, reads go on, nothing acknowledged is lost.

use std::{
    fs::{self, File},
    io::Write as _,
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, Result};
use e2e::{client::Request, shop::Shop, skip::skipped};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use tokio::time::{sleep, timeout};

use crate::{
    Tested,
    purchase::{basic, buy, dense, invoices, money},
};

/// The compiled functions and empty databases, and some room for sales.
const SIZE: &str = "size=48m";

/// A disk of its own, small enough to be filled. Unmounted when dropped.
struct SmallDisk {
    at: PathBuf,
    _folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let at = folder.path().join("disk");
        fs::create_dir(&at).map_err(|error| error.to_string())?;
        let options = std::ffi::CString::new(SIZE).map_err(|error| error.to_string())?;
        mount("tmpfs", &at, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, Some(options.as_c_str()))
            .map_err(|error| format!("no small disk can be mounted ({error}); this takes root"))?;
        Ok(Self { at, _folder: folder })
    }

    /// Fills it to the last byte, and gives the file that does.
    fn fill(&self) -> Result<PathBuf> {
        let ballast = self.at.join("ballast");
        let mut file = File::create(&ballast)?;
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Ok(ballast)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _busy = unmount(&self.at, UnmountFlags::DETACH);
    }
}

#[tokio::test]
async fn writes_wait_for_room_reads_go_on_and_nothing_is_lost() -> Tested {
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(why) => {
            skipped("durability::full_disk", &why);
            return Ok(());
        }
    };
    let shop = Shop::new()?.keep_data_in(&disk.at.join("kontor-data"));
    let running = shop.open().await?;
    let mut acknowledged = buy_until_refused(&shop, &disk, None).await?;
    assert_eq!(money(&shop).await?.0, acknowledged, "reads go on");
    shop.call(Request::get("/api/licenses")).await?.expect(200)?;
    assert_eq!(shop.call(Request::get("/")).await?.status, 200);
    for _ in 0..20 {
        let answer = shop.call(buy(&basic())).await?;
        assert_eq!(answer.status, 503, "there is no room: {}", answer.text());
        assert!(answer.header("retry-after").is_some(), "it says when to come back");
    }

    fs::remove_file(disk.at.join("ballast"))?;
    let sold_again = async {
        while shop.call(buy(&basic())).await?.status != 201 {
            sleep(Duration::from_millis(50)).await;
        }
        anyhow::Ok(())
    };
    timeout(Duration::from_secs(30), sold_again).await.context("there is room, and still nothing is sold")??;
    acknowledged += 1;
    the_books_agree(&shop, acknowledged).await?;

    // Killed while it is full, it comes back when there is room.
    acknowledged = buy_until_refused(&shop, &disk, Some(acknowledged)).await?;
    running.kill().await?;
    fs::remove_file(disk.at.join("ballast"))?;
    let running = shop.open().await?;
    the_books_agree(&shop, acknowledged).await?;
    running.stop().await
}

/// Fills the disk, buys on it until a purchase is refused, and gives how many were acknowledged in all.
async fn buy_until_refused(shop: &Shop, disk: &SmallDisk, before: Option<i64>) -> Result<i64> {
    let mut acknowledged = before.unwrap_or_default();
    let mut client = shop.client();
    for _ in 0..10 {
        client.send(buy(&basic())).await?.expect(201)?;
        acknowledged += 1;
    }
    disk.fill()?;
    loop {
        let answer = client.send(buy(&basic())).await?;
        match answer.status {
            // Files may have room of their own left: it is used up first.
            201 => acknowledged += 1,
            503 => {
                answer.problem(503, "unavailable")?;
                return Ok(acknowledged);
            }
            _ => anyhow::bail!("a full disk was answered {}: {}", answer.status, answer.text()),
        }
        anyhow::ensure!(acknowledged < 200_000, "the disk is full, and sales go on for ever");
    }
}

async fn the_books_agree(shop: &Shop, acknowledged: i64) -> Result<()> {
    assert_eq!(money(shop).await?, (acknowledged, acknowledged * 1900));
    shop.events_delivered(Duration::from_secs(60)).await?;
    dense(&invoices(shop).await?, usize::try_from(acknowledged)?)
}
