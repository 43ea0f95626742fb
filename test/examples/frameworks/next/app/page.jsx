export default async function Page() {
  const response = await fetch('https://intranet.example');
  return <p>The intranet says {response.status}</p>;
}
