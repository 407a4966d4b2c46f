"""What arrives by e-mail, on X and below the videos."""

INBOXES: dict[str, tuple[str, ...]] = {
    "mail_subject": (
        "Question about licensing for {component} team",
        "{error} with {version}",
        "Help: {symptom}",
        "Can we {do}?",
        "Evaluation of Millwright",
        "Problem with {integration}",
        "Invoice and seats",
        "Security questionnaire",
        "Cannot log in to the dashboard",
    ),
    "mail_body": (
        "Hello,\n\nwe would like to {do}. Is this possible with {version}?\n\nKind regards,\n{name}",
        "Hi,\n\nsince {change} {symptom}.\n\n{ask_end}\n\n{name}\n{company}",
        (
            "Dear team,\n\nwe are evaluating Millwright for about sixty engineers and have a few questions:\n\n"
            "1. Does it run on {cluster}?\n2. Is {language} supported?\n\nBest,\n{name}"
        ),
        "Hi there,\n\ncan you help us with {integration}? `{command}` ends with {error}.\n\nThanks\n{name}",
    ),
    "mail_answer": (
        "Hi {first},\n\nthanks for writing. Yes, that works since {version}; see the docs on {function}.\n\nBest,\n{staff}\nMillwright",
        "Hello {first},\n\nsorry for the trouble. Could you send us the output of `mill doctor`?\n\n{staff}",
        "Hi {first},\n\nthat is a known problem. The fix ships this week.\n\nCheers,\n{staff}",
    ),
    "mail_again": (
        "Hi {staff},\n\nthat worked, thank you.\n\n{name}",
        "Hi,\n\nhere is the output:\n\nMillwright: {version}\nSystem: linux-amd64\n\n{name}",
        "Thanks, one more thing: can we {do}?\n\n{name}",
    ),
    "post": (
        "@tilter_example how do I {do}?",
        "@tilter_example is {function} broken in {version}? {symptom}",
        "@tilter_example getting {error} since {change}, any hint?",
        "@tilter_example any plans for {integration} on {platform}?",
        "@tilter_example we can't {do}. Help?",
        "@tilter_example is there a discount for open-source projects?",
    ),
    "praise_post": (
        "@tilter_example {version} is fantastic, thank you",
        "just migrated forty services with @tilter_example in an afternoon, wow",
        "Great talk by the folks of @tilter_example today",
    ),
    "post_answer": (
        "@{handle} Yes! See the docs on {function}.",
        "@{handle} Sorry about that. Could you open an issue with the output of mill doctor?",
        "@{handle} That is fixed in {version}.",
        "@{handle} Thank you, that makes our day!",
    ),
    "direct": ("Hi, can I {do} with the free plan?", "Hello, {symptom}. Is that known?", "Hi! Who do I talk to about a workshop?"),
    "direct_answer": (
        "Hi! Yes, that works. Which version do you use?",
        "Thanks for asking, please write to the support address and we'll sort it out.",
    ),
    "video_comment": (
        "At 3:40 you use {function}. Does that work with {language}?",
        "Great video! How would I {do}?",
        "I get {error} at the step with `{command}`.",
        "Is this still valid for {version}?",
        "{symptom} when I follow along on {platform}. What am I doing wrong?",
    ),
    "video_praise": ("Best introduction so far", "Thanks, very clear!", "More of this please", "First!", "The sound is a bit low"),
    "video_answer": (
        "Good question! Yes, see the docs on {function}.",
        "It changed a little in {version}: use {function}.",
        "Please run mill doctor and ask in our Slack.",
    ),
}
