//! The page, shown larger and smaller by keys.

use crate::stage::{Stage, lacks};

#[tokio::test]
async fn keys_show_the_page_larger_and_as_before() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let page = stage.window().await;
    let whole = page.width("a page", |width| width > 0).await;
    page.with_ctrl("=").await;
    page.width("a page shown larger", |width| width < whole).await;
    page.with_ctrl("0").await;
    page.width("a page as large as before", |width| width == whole).await;
    page.close().await;
}
