"""X's API v2 and YouTube's Data API v3, one page each."""

from __future__ import annotations

import json
from typing import Any

from support_metrics.demo.cast import BRAND_X, BRAND_YOUTUBE
from support_metrics.demo.history import Post, VideoComment
from support_metrics.demo.writers import View, seconds, thousandths


def mentions(view: View) -> bytes:
    """What others post to the brand."""
    return _page([post for post in _posts(view) if not post.direct_with and post.author is not BRAND_X])


def own_posts(view: View) -> bytes:
    return _page([post for post in _posts(view) if not post.direct_with and post.author is BRAND_X])


def direct_messages(view: View) -> bytes:
    return _page([post for post in _posts(view) if post.direct_with])


def comment_threads(view: View) -> bytes:
    threads = [each for each in view.history.videos if view.sees(each.published_at)]
    items = [_thread(view, each) for each in threads if _newest(view, each) >= seconds(view.since)]
    return _pretty(
        {"kind": "youtube#commentThreadListResponse", "pageInfo": {"totalResults": len(items), "resultsPerPage": 100}, "items": items[::-1]}
    )


def _pretty(page: dict[str, Any]) -> bytes:
    """The items of a page one a line."""
    parts = []
    for name, value in page.items():
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if isinstance(value, list):
            text = "[\n" + ",\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in value) + "\n]"
        parts.append(f"{json.dumps(name)}:{text}")
    return ("{" + ",\n".join(parts) + "}\n").encode()


def _posts(view: View) -> list[Post]:
    return [post for post in view.history.posts if view.since <= post.created_at <= view.until]


def _page(posts: list[Post]) -> bytes:
    users = {post.author[0]: {"id": post.author[0], "username": post.author[1], "name": post.author[2]} for post in posts}
    newest_first = [_direct(post) if post.direct_with else _post(post) for post in reversed(posts)]
    meta: dict[str, Any] = {"result_count": len(posts)}
    if posts:
        meta |= {"newest_id": posts[-1].id, "oldest_id": posts[0].id}
    return _pretty({"data": newest_first, "includes": {"users": [users[each] for each in sorted(users)]}, "meta": meta})


def _post(post: Post) -> dict[str, Any]:
    first = post
    while first.reply_to:
        first = first.reply_to
    rendered: dict[str, Any] = {
        "id": post.id,
        "author_id": post.author[0],
        "created_at": thousandths(post.created_at),
        "conversation_id": first.id,
        "text": post.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    }
    if post.reply_to:
        rendered |= {
            "in_reply_to_user_id": post.reply_to.author[0],
            "referenced_tweets": [{"type": "replied_to", "id": post.reply_to.id}],
        }
    return rendered


def _direct(post: Post) -> dict[str, Any]:
    assert post.direct_with
    return {
        "id": post.id,
        "event_type": "MessageCreate",
        "dm_conversation_id": f"{post.direct_with[0]}-{BRAND_X[0]}",
        "sender_id": post.author[0],
        "participant_ids": [post.direct_with[0], BRAND_X[0]],
        "created_at": thousandths(post.created_at),
        "text": post.text,
    }


def _newest(view: View, comment: VideoComment) -> str:
    moments = [comment.published_at, *(edit[0] for edit in comment.edits), *(reply.published_at for reply in comment.replies)]
    return seconds(max(moment for moment in moments if view.sees(moment)))


def _snippet(view: View, comment: VideoComment, parent: str | None = None) -> dict[str, Any]:
    edits = [edit for edit in comment.edits if view.sees(edit[0])]
    text = edits[-1][1] if edits else comment.text
    return {
        "kind": "youtube#comment",
        "id": comment.id,
        "snippet": {
            "channelId": BRAND_YOUTUBE[0],
            "videoId": comment.video,
            "textDisplay": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "textOriginal": text,
            **({"parentId": parent} if parent else {}),
            "authorDisplayName": comment.author[1],
            "authorChannelId": {"value": comment.author[0]},
            "likeCount": 0,
            "publishedAt": seconds(comment.published_at),
            "updatedAt": seconds(edits[-1][0] if edits else comment.published_at),
        },
    }


def _thread(view: View, comment: VideoComment) -> dict[str, Any]:
    replies = [reply for reply in comment.replies if view.sees(reply.published_at)]
    rendered: dict[str, Any] = {
        "kind": "youtube#commentThread",
        "id": comment.id,
        "snippet": {
            "channelId": BRAND_YOUTUBE[0],
            "videoId": comment.video,
            "topLevelComment": _snippet(view, comment),
            "canReply": True,
            "totalReplyCount": len(replies),
            "isPublic": True,
        },
    }
    if replies:
        rendered["replies"] = {"comments": [_snippet(view, reply, comment.id) for reply in replies]}
    return rendered
