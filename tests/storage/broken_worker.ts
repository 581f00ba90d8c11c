/** The source of a thread that ends with an error at once. */
throw new Error("A thread that does not work, as it should not");
