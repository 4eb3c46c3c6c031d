package dev.mokume.lora;

/// A tensor of an adapter that nothing is done with, and why not, as a clause.
public record Unread(String key, String reason) {}
